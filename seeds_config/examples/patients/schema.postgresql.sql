-- Patients of a hospital: who they are, their history, their visits and their imaging, for PostgreSQL.

CREATE TABLE patients (
    id             integer PRIMARY KEY,
    mrn            varchar(12) NOT NULL UNIQUE,          -- the number on the wristband
    given_name     varchar(40) NOT NULL,
    family_name    varchar(40) NOT NULL,
    sex            char(1) NOT NULL CHECK (sex IN ('F', 'M')),
    birth_date     date NOT NULL,
    blood_type     varchar(3),
    height_cm      integer NOT NULL CHECK (height_cm BETWEEN 40 AND 220),
    weight_kg      numeric(5,1) NOT NULL CHECK (weight_kg BETWEEN 2 AND 250),
    smoker         boolean NOT NULL,
    city           varchar(60) NOT NULL,
    postcode       varchar(10) NOT NULL,
    phone          varchar(20),
    registered_on  date NOT NULL,
    CHECK (registered_on >= birth_date)
);

CREATE TABLE conditions (                                -- medical history, in the codes of ICD-10 (WHO)
    id          integer PRIMARY KEY,
    patient_id  integer NOT NULL REFERENCES patients (id),
    icd10_code  varchar(6) NOT NULL,
    title       varchar(120) NOT NULL,
    status      varchar(10) NOT NULL CHECK (status IN ('active', 'resolved')),
    onset_on    date NOT NULL,
    resolved_on date,
    UNIQUE (patient_id, icd10_code),
    CHECK ((status = 'resolved') = (resolved_on IS NOT NULL)),
    CHECK (resolved_on >= onset_on)
);

CREATE TABLE visits (
    id          integer PRIMARY KEY,
    patient_id  integer NOT NULL REFERENCES patients (id),
    kind        varchar(12) NOT NULL CHECK (kind IN ('outpatient', 'emergency', 'inpatient')),
    department  varchar(40) NOT NULL,
    reason      varchar(120) NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL,
    triage      integer CHECK (triage BETWEEN 1 AND 5),  -- Manchester scale, in the emergency department alone
    systolic    integer NOT NULL CHECK (systolic BETWEEN 60 AND 240),
    diastolic   integer NOT NULL CHECK (diastolic BETWEEN 30 AND 140),
    pulse       integer NOT NULL CHECK (pulse BETWEEN 35 AND 200),
    temperature numeric(3,1) NOT NULL CHECK (temperature BETWEEN 34 AND 42),
    CHECK (diastolic < systolic),
    CHECK (ended_at >= started_at),
    CHECK ((kind = 'emergency') = (triage IS NOT NULL))
);

CREATE TABLE imaging_studies (                           -- named after DICOM's attributes
    id                 integer PRIMARY KEY,
    visit_id           integer NOT NULL REFERENCES visits (id),
    patient_id         integer NOT NULL REFERENCES patients (id),
    study_uid          varchar(64) NOT NULL UNIQUE,      -- below 2.25, the root for numbers that nobody registers
    accession_number   varchar(16) NOT NULL UNIQUE,
    modality           varchar(2) NOT NULL CHECK (modality IN ('CT', 'MR', 'DX', 'US')),
    body_part          varchar(16) NOT NULL,
    description        varchar(64) NOT NULL,
    performed_at       timestamptz NOT NULL,
    manufacturer       varchar(40) NOT NULL,
    station            varchar(16) NOT NULL,
    patient_position   varchar(3),
    slice_thickness_mm numeric(4,2) CHECK (slice_thickness_mm > 0),
    kvp                integer CHECK (kvp BETWEEN 20 AND 150),
    field_strength_t   numeric(2,1),
    header             jsonb NOT NULL,
    finding            varchar(12) NOT NULL CHECK (finding IN ('normal', 'benign', 'suspicious')),
    impression         varchar(200) NOT NULL,
    urgent             boolean NOT NULL,
    follow_up_on       date,
    image              bytea NOT NULL,                 -- a small preview
    image_type         varchar(20) NOT NULL,
    image_size         integer NOT NULL CHECK (image_size > 0),
    image_rows         integer NOT NULL,
    image_columns      integer NOT NULL,
    CHECK ((modality IN ('CT', 'MR')) = (slice_thickness_mm IS NOT NULL)),
    CHECK ((modality IN ('CT', 'DX')) = (kvp IS NOT NULL)),
    CHECK ((modality = 'MR') = (field_strength_t IS NOT NULL)),
    CHECK (urgent = (finding = 'suspicious'))
);
CREATE INDEX visits_patient ON visits (patient_id, started_at);
