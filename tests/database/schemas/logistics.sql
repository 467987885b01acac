-- Freight: warehouses, vehicles, shipments, stops and sensor readings.
create table warehouses (
    id integer primary key,
    code char(5) not null unique,
    name varchar(80) not null,
    city varchar(60) not null,
    country_code char(2) not null,
    latitude numeric(9,6),
    longitude numeric(9,6),
    capacity_m3 integer not null
);
create table carriers (
    id integer primary key,
    company_name varchar(100) not null unique,
    contact_name varchar(100),
    contact_email varchar(120),
    phone varchar(30),
    vat_id varchar(20)
);
create table vehicles (
    id integer primary key,
    carrier_id integer not null references carriers (id),
    license_plate varchar(12) not null unique,
    vehicle_type varchar(20) not null check (vehicle_type in ('van', 'truck', 'trailer', 'tanker')),
    max_load_kg integer not null,
    first_registered date not null,
    retired_at timestamp
);
create table shipments (
    id integer primary key,
    tracking_number varchar(24) not null unique,
    origin_id integer not null references warehouses (id),
    destination_id integer not null references warehouses (id),
    vehicle_id integer references vehicles (id),
    status varchar(16) not null check (status in ('planned', 'picked_up', 'in_transit', 'delivered', 'lost')),
    weight_kg numeric(9,2) not null,
    volume_m3 numeric(8,3),
    picked_up_at timestamp,
    delivered_at timestamp,
    created_at timestamp not null,
    updated_at timestamp not null,
    notes text
);
create table parcels (
    id integer primary key,
    shipment_id integer not null references shipments (id),
    barcode varchar(13) not null unique,
    description varchar(120),
    length_cm smallint not null,
    width_cm smallint not null,
    height_cm smallint not null,
    weight_kg numeric(7,2) not null,
    is_fragile boolean not null
);
create table tracking_events (
    id integer primary key,
    shipment_id integer not null references shipments (id),
    event_type varchar(30) not null,
    location varchar(80),
    occurred_at timestamp not null,
    payload json
);
create table temperature_readings (
    id integer primary key,
    vehicle_id integer not null references vehicles (id),
    read_at timestamp not null,
    temperature_c numeric(4,1) not null,
    humidity_pct smallint check (humidity_pct between 0 and 100)
);
