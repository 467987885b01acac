-- A small clinic: who treats whom, when, for what, and what it costs.
create table departments (
    id integer primary key,
    name varchar(60) not null unique,
    floor smallint not null check (floor between 0 and 12),
    phone varchar(30)
);
create table physicians (
    id integer primary key,
    department_id integer not null references departments (id),
    first_name varchar(60) not null,
    last_name varchar(60) not null,
    email varchar(120) not null unique,
    speciality varchar(60) not null,
    licence_no varchar(20) not null unique,
    hired_on date not null,
    left_on date,
    check (left_on is null or left_on > hired_on)
);
create table patients (
    id integer primary key,
    first_name varchar(60) not null,
    last_name varchar(60) not null,
    date_of_birth date not null,
    sex char(1) not null check (sex in ('f', 'm', 'x')),
    blood_type varchar(3),
    insurance_number varchar(20) unique,
    street varchar(100),
    city varchar(60),
    postcode varchar(10),
    phone varchar(30),
    registered_at timestamp not null
);
create table appointments (
    id integer primary key,
    patient_id integer not null references patients (id),
    physician_id integer not null references physicians (id),
    scheduled_at timestamp not null,
    duration_min smallint not null check (duration_min > 0),
    status varchar(20) not null check (status in ('booked', 'arrived', 'completed', 'no_show', 'cancelled')),
    cancelled_at timestamp,
    cancel_reason varchar(200),
    room varchar(10)
);
create table diagnoses (
    id integer primary key,
    appointment_id integer not null references appointments (id),
    icd10_code varchar(8) not null,
    description varchar(200) not null,
    severity smallint not null check (severity between 1 and 5)
);
create table prescriptions (
    id integer primary key,
    appointment_id integer not null references appointments (id),
    drug_name varchar(80) not null,
    dosage_mg numeric(8,2) not null check (dosage_mg > 0),
    times_per_day smallint not null check (times_per_day between 1 and 6),
    starts_on date not null,
    ends_on date not null,
    check (ends_on >= starts_on)
);
create table invoices (
    id integer primary key,
    invoice_no varchar(20) not null unique,
    patient_id integer not null references patients (id),
    issued_on date not null,
    due_on date not null,
    net_amount numeric(10,2) not null,
    tax_amount numeric(10,2) not null,
    total_amount numeric(10,2) not null,
    paid_on date
);
create table invoice_lines (
    invoice_id integer not null references invoices (id),
    line_no smallint not null,
    description varchar(120) not null,
    quantity smallint not null,
    unit_price numeric(8,2) not null,
    amount numeric(10,2) not null,
    primary key (invoice_id, line_no)
);
