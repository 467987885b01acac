-- A small shop, in SQL that SQLite and PostgreSQL both understand: what the demo fills.
-- Money is exact, times are UTC. Every rule that a CHECK can say is a CHECK.

CREATE TABLE categories (                       -- a tree: departments, and what they sell
    id          integer PRIMARY KEY,
    parent_id   integer REFERENCES categories (id),
    name        varchar(80) NOT NULL,
    slug        varchar(80) NOT NULL UNIQUE,
    position    integer NOT NULL DEFAULT 0 CHECK (position >= 0)
);
CREATE INDEX categories_parent ON categories (parent_id);

CREATE TABLE suppliers (
    id            integer PRIMARY KEY,
    company_name  varchar(120) NOT NULL UNIQUE,
    contact_name  varchar(120) NOT NULL,
    contact_email varchar(160) NOT NULL,
    phone         varchar(32),
    website       varchar(200),
    country_code  char(2) NOT NULL,
    rating        numeric(2,1) CHECK (rating BETWEEN 1 AND 5)
);

CREATE TABLE products (
    id            integer PRIMARY KEY,
    category_id   integer NOT NULL REFERENCES categories (id),
    supplier_id   integer NOT NULL REFERENCES suppliers (id),
    sku           varchar(24) NOT NULL UNIQUE,
    name          varchar(120) NOT NULL,
    description   text,
    price         numeric(10,2) NOT NULL CHECK (price > 0),
    cost          numeric(10,2) NOT NULL CHECK (cost > 0),
    stock         integer NOT NULL DEFAULT 0 CHECK (stock >= 0),
    weight_grams  integer CHECK (weight_grams > 0),
    attributes    json NOT NULL,                -- a document: colour, material, dimensions
    status        varchar(16) NOT NULL CHECK (status IN ('draft', 'active', 'retired')),
    created_at    timestamp NOT NULL,
    updated_at    timestamp NOT NULL,
    CHECK (cost < price),
    CHECK (updated_at >= created_at)
);
CREATE INDEX products_category ON products (category_id);
CREATE INDEX products_supplier ON products (supplier_id);

CREATE TABLE tags (
    id    integer PRIMARY KEY,
    name  varchar(40) NOT NULL UNIQUE
);

CREATE TABLE product_tags (                     -- many to many
    product_id  integer NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    tag_id      integer NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (product_id, tag_id)
);

CREATE TABLE customers (
    id             integer PRIMARY KEY,
    first_name     varchar(60) NOT NULL,
    last_name      varchar(60) NOT NULL,
    email          varchar(160) NOT NULL UNIQUE,
    phone          varchar(32),
    date_of_birth  date,
    newsletter     boolean NOT NULL DEFAULT false,
    loyalty_tier   varchar(8) NOT NULL CHECK (loyalty_tier IN ('none', 'bronze', 'silver', 'gold')),
    created_at     timestamp NOT NULL,
    last_login_at  timestamp,
    CHECK (last_login_at >= created_at)
);

CREATE TABLE addresses (
    id           integer PRIMARY KEY,
    customer_id  integer NOT NULL REFERENCES customers (id),
    label        varchar(16) NOT NULL CHECK (label IN ('home', 'work', 'other')),
    street       varchar(120) NOT NULL,
    city         varchar(80) NOT NULL,
    region       varchar(80),
    postcode     varchar(16) NOT NULL,
    country_code char(2) NOT NULL,
    latitude     numeric(8,5) CHECK (latitude BETWEEN -90 AND 90),
    longitude    numeric(8,5) CHECK (longitude BETWEEN -180 AND 180)
);
CREATE INDEX addresses_customer ON addresses (customer_id);

CREATE TABLE orders (
    id            integer PRIMARY KEY,
    customer_id   integer NOT NULL REFERENCES customers (id),
    order_number  varchar(20) NOT NULL UNIQUE,
    status        varchar(16) NOT NULL CHECK (status IN ('pending', 'paid', 'shipped', 'delivered', 'cancelled')),
    subtotal      numeric(12,2) NOT NULL CHECK (subtotal >= 0),      -- the sum of its items
    shipping_fee  numeric(8,2) NOT NULL DEFAULT 0 CHECK (shipping_fee >= 0),
    total         numeric(12,2) NOT NULL,                            -- subtotal + shipping_fee
    placed_at     timestamp NOT NULL,
    delivered_at  timestamp,
    note          text,
    CHECK (abs(total - subtotal - shipping_fee) < 0.005),   -- SQLite's numbers are binary: 0.1 + 0.2 is not 0.3
    CHECK (delivered_at >= placed_at)
);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_placed_at ON orders (placed_at);

CREATE TABLE order_items (
    order_id    integer NOT NULL REFERENCES orders (id),
    line        integer NOT NULL CHECK (line > 0),
    product_id  integer NOT NULL REFERENCES products (id),
    quantity    integer NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    unit_price  numeric(10,2) NOT NULL CHECK (unit_price > 0),
    line_total  numeric(12,2) NOT NULL,
    PRIMARY KEY (order_id, line),
    CHECK (abs(line_total - quantity * unit_price) < 0.005)
);
CREATE INDEX order_items_product ON order_items (product_id);

CREATE TABLE payments (
    id           integer PRIMARY KEY,
    order_id     integer NOT NULL REFERENCES orders (id),
    method       varchar(16) NOT NULL CHECK (method IN ('card', 'paypal', 'transfer', 'invoice')),
    amount       numeric(12,2) NOT NULL CHECK (amount >= 0),
    reference    varchar(40) NOT NULL UNIQUE,
    succeeded    boolean NOT NULL,
    created_at   timestamp NOT NULL
);
CREATE INDEX payments_order ON payments (order_id);

CREATE TABLE reviews (
    id           integer PRIMARY KEY,
    product_id   integer NOT NULL REFERENCES products (id),
    customer_id  integer NOT NULL REFERENCES customers (id),
    rating       integer NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title        varchar(120),
    body         text,
    verified     boolean NOT NULL DEFAULT false,
    created_at   timestamp NOT NULL,
    UNIQUE (product_id, customer_id)
);
CREATE INDEX reviews_customer ON reviews (customer_id);

CREATE TABLE page_views (                       -- events: many, and most by people who are not signed in
    id           integer PRIMARY KEY,
    customer_id  integer REFERENCES customers (id),
    product_id   integer REFERENCES products (id),
    session_id   varchar(36) NOT NULL,
    path         varchar(200) NOT NULL,
    referrer     varchar(200),
    user_agent   varchar(300) NOT NULL,
    ip_address   varchar(45) NOT NULL,
    duration_ms  integer NOT NULL CHECK (duration_ms >= 0),
    viewed_at    timestamp NOT NULL
);
CREATE INDEX page_views_customer ON page_views (customer_id);
CREATE INDEX page_views_product ON page_views (product_id);
CREATE INDEX page_views_viewed_at ON page_views (viewed_at);
