-- Ein Versandhandel: deutsche Namen, wie sie gewachsen sind.
create table kunden (
    kunden_nr integer primary key,
    anrede varchar(10),
    vorname varchar(60) not null,
    nachname varchar(60) not null,
    firma varchar(100),
    email varchar(120) not null unique,
    telefon varchar(30),
    strasse varchar(80) not null,
    hausnummer varchar(6) not null,
    plz char(5) not null,
    ort varchar(60) not null,
    geburtsdatum date,
    angelegt_am timestamp not null
);
create table artikelgruppen (
    id integer primary key,
    bezeichnung varchar(60) not null unique,
    obergruppe_id integer references artikelgruppen (id)
);
create table artikel (
    artikelnummer varchar(12) primary key,
    bezeichnung varchar(100) not null,
    beschreibung text,
    gruppe_id integer not null references artikelgruppen (id),
    preis_netto numeric(10,2) not null check (preis_netto > 0),
    mwst_satz numeric(4,2) not null,
    gewicht_kg numeric(7,3),
    lagerbestand integer not null,
    lieferbar boolean not null
);
create table bestellungen (
    bestell_nr integer primary key,
    kunden_nr integer not null references kunden (kunden_nr),
    bestelldatum timestamp not null,
    status varchar(20) not null check (status in ('offen', 'bezahlt', 'versendet', 'zugestellt', 'storniert')),
    versanddatum timestamp,
    zahlungsart varchar(20) not null,
    versandkosten numeric(6,2) not null,
    gesamtbetrag numeric(12,2) not null,
    bemerkung text
);
create table bestellpositionen (
    bestell_nr integer not null references bestellungen (bestell_nr),
    position smallint not null,
    artikelnummer varchar(12) not null references artikel (artikelnummer),
    menge smallint not null check (menge > 0),
    einzelpreis numeric(10,2) not null,
    rabatt_prozent numeric(4,1) not null check (rabatt_prozent between 0 and 50),
    primary key (bestell_nr, position)
);
create table rechnungen (
    rechnungsnummer varchar(20) primary key,
    bestell_nr integer not null unique references bestellungen (bestell_nr),
    rechnungsdatum date not null,
    faellig_am date not null,
    betrag numeric(12,2) not null,
    bezahlt_am date
);
create table bewertungen (
    id integer primary key,
    kunden_nr integer not null references kunden (kunden_nr),
    artikelnummer varchar(12) not null references artikel (artikelnummer),
    sterne smallint not null check (sterne between 1 and 5),
    titel varchar(80),
    text text,
    erstellt_am timestamp not null,
    unique (kunden_nr, artikelnummer)
);
