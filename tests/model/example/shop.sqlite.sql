create table customers (
  id integer primary key,
  email varchar(255) not null unique,
  first_name varchar(80) not null,
  last_name varchar(80) not null,
  phone varchar(32),
  birth_date date,
  segment varchar(8) not null check (segment in ('retail', 'business', 'vip')) default 'retail',
  loyalty_points int not null default 0 check (loyalty_points >= 0),
  city varchar(80) not null,
  state char(2) not null,
  zip varchar(10) not null,
  created_at timestamp not null default current_timestamp,
  last_login_at timestamp check (last_login_at >= created_at)
);

create table products (
  id integer primary key,
  sku varchar(20) not null unique,
  name varchar(160) not null,
  category varchar(40) not null,
  brand varchar(60) not null,
  price numeric(10,2) not null check (price > 0),
  cost numeric(10,2) not null check (cost < price),
  weight_g int,
  attributes json not null default '{}',
  is_active bool not null default true,
  created_at timestamp not null
);

create table orders (
  id integer primary key,
  order_no varchar(24) not null unique,
  customer_id bigint not null references customers,
  status varchar(9) not null check (status in ('pending', 'paid', 'shipped', 'delivered', 'cancelled', 'returned')),
  currency char(3) not null default 'USD',
  subtotal numeric(12,2) not null,
  shipping_fee numeric(8,2) not null default 0,
  total numeric(12,2) not null check (abs(total - subtotal - shipping_fee) < 0.005),
  placed_at timestamp not null,
  shipped_at timestamp,
  delivered_at timestamp check (delivered_at >= shipped_at),
  note text
);

create table order_items (
  order_id bigint not null references orders,
  line_no int not null,
  product_id bigint not null references products,
  quantity int not null check (quantity between 1 and 99),
  unit_price numeric(10,2) not null,
  discount_pct numeric(4,1) not null default 0 check (discount_pct between 0 and 60),
  line_total numeric(12,2) not null,
  primary key (order_id, line_no)
);

create table reviews (
  id integer primary key,
  product_id bigint not null references products,
  customer_id bigint not null references customers,
  rating smallint not null check (rating between 1 and 5),
  title varchar(120),
  body text not null,
  helpful_votes int not null default 0,
  created_at timestamp not null,
  unique (product_id, customer_id)
);
