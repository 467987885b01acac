-- Five tables as an application has them; every statement is understood by SQLite and by PostgreSQL.
create table members (
    id integer primary key,
    email varchar(120) not null unique,
    full_name varchar(80) not null,
    city varchar(60),
    joined_at timestamp not null
);

create table articles (
    id integer primary key,
    sku varchar(20) not null unique,
    title varchar(120) not null,
    price numeric(10, 2) not null check (price > 0)
);

create table purchases (
    id integer primary key,
    member_id integer not null references members (id),
    status varchar(12) not null check (status in ('open', 'paid', 'sent', 'returned')),
    bought_at timestamp not null,
    total numeric(12, 2) not null
);
create index purchases_member on purchases (member_id);

create table purchase_lines (
    purchase_id integer not null references purchases (id),
    line_no integer not null check (line_no >= 1),
    article_id integer not null references articles (id),
    quantity integer not null check (quantity between 1 and 20),
    unit_price numeric(10, 2) not null,
    primary key (purchase_id, line_no)
);
create index purchase_lines_article on purchase_lines (article_id);

create table visits (
    id integer primary key,
    member_id integer references members (id),
    path varchar(200) not null,
    user_agent varchar(255),
    seen_at timestamp not null
);
