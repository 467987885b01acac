-- Card payments and their fraud, in SQL that SQLite and PostgreSQL both understand. Money is exact, times are UTC.

CREATE TABLE cardholders (
    id             integer PRIMARY KEY,
    full_name      varchar(80) NOT NULL,
    email          varchar(120) NOT NULL UNIQUE,
    birth_date     date NOT NULL,
    home_city      varchar(40) NOT NULL,
    home_latitude  numeric(8,5) NOT NULL,
    home_longitude numeric(8,5) NOT NULL,
    customer_since date NOT NULL,
    CHECK (customer_since > birth_date)
);

CREATE TABLE cards (
    id            integer PRIMARY KEY,
    cardholder_id integer NOT NULL REFERENCES cardholders (id),
    card_number   varchar(19) NOT NULL UNIQUE,
    brand         varchar(20) NOT NULL,
    kind          varchar(8) NOT NULL CHECK (kind IN ('debit', 'credit')),
    credit_limit  numeric(9,2),
    issued_on     date NOT NULL,
    CHECK ((kind = 'credit') = (credit_limit IS NOT NULL))
);

-- Payments with one card that belong together: some days of somebody's life, or one attack. Its transactions follow from it.
CREATE TABLE card_sessions (
    id         integer PRIMARY KEY,
    card_id    integer NOT NULL REFERENCES cards (id),
    is_fraud   boolean NOT NULL,
    pattern    varchar(20) NOT NULL CHECK (pattern IN ('everyday', 'card_testing', 'impossible_travel', 'night_spree')),
    started_at timestamp NOT NULL,
    CHECK (is_fraud = (pattern <> 'everyday'))
);

CREATE TABLE transactions (
    id            integer PRIMARY KEY,
    session_id    integer NOT NULL REFERENCES card_sessions (id),
    card_id       integer NOT NULL REFERENCES cards (id),
    occurred_at   timestamp NOT NULL,
    amount        numeric(10,2) NOT NULL CHECK (amount > 0),
    currency      char(3) NOT NULL,
    merchant      varchar(60) NOT NULL,
    category_code char(4) NOT NULL,                      -- ISO 18245
    channel       varchar(12) NOT NULL CHECK (channel IN ('chip', 'contactless', 'online', 'atm', 'magstripe')),
    city          varchar(40),                           -- of the terminal; none online
    latitude      numeric(8,5),
    longitude     numeric(8,5),
    approved      boolean NOT NULL,
    is_fraud      boolean NOT NULL,
    CHECK ((channel = 'online') = (city IS NULL))
);
CREATE INDEX transactions_card ON transactions (card_id, occurred_at);
