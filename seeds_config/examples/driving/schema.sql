-- Driving scenarios of test vehicles, in SQL that SQLite and PostgreSQL both understand. Times are UTC.

CREATE TABLE routes (
    id              integer PRIMARY KEY,
    name            varchar(60) NOT NULL UNIQUE,
    road_class      varchar(10) NOT NULL CHECK (road_class IN ('urban', 'rural', 'motorway')),
    length_km       numeric(5,1) NOT NULL CHECK (length_km > 0),
    speed_limit_kmh integer NOT NULL CHECK (speed_limit_kmh BETWEEN 30 AND 130),
    lanes           integer NOT NULL CHECK (lanes BETWEEN 1 AND 4)
);

CREATE TABLE scenarios (                                  -- one drive along a route
    id                integer PRIMARY KEY,
    route_id          integer NOT NULL REFERENCES routes (id),
    vehicle           varchar(8) NOT NULL,
    weather           varchar(8) NOT NULL CHECK (weather IN ('clear', 'cloudy', 'rain', 'fog', 'snow')),
    temperature_c     integer NOT NULL CHECK (temperature_c BETWEEN -25 AND 40),
    visibility_m      integer NOT NULL CHECK (visibility_m > 0),
    road_condition    varchar(12) NOT NULL CHECK (road_condition IN ('dry', 'wet', 'icy', 'snow_covered')),
    light             varchar(6) NOT NULL CHECK (light IN ('day', 'dusk', 'night')),
    traffic           varchar(8) NOT NULL CHECK (traffic IN ('free', 'moderate', 'dense', 'jam')),
    outcome           varchar(10) NOT NULL CHECK (outcome IN ('uneventful', 'near_miss', 'collision')),
    average_speed_kmh numeric(4,1) NOT NULL CHECK (average_speed_kmh > 0),
    started_at        timestamp NOT NULL,
    ended_at          timestamp NOT NULL,
    CHECK (ended_at > started_at),
    CHECK (weather <> 'snow' OR temperature_c <= 1),
    CHECK (road_condition <> 'icy' OR temperature_c <= 1)
);

CREATE TABLE sensor_events (
    id               integer PRIMARY KEY,
    scenario_id      integer NOT NULL REFERENCES scenarios (id),
    seq              integer NOT NULL CHECK (seq > 0),    -- 1, 2, 3, ... in the order of time
    occurred_at      timestamp NOT NULL,
    position_km      numeric(6,2) NOT NULL CHECK (position_km >= 0),
    sensor           varchar(8) NOT NULL CHECK (sensor IN ('camera', 'radar', 'lidar', 'imu', 'gps')),
    event            varchar(16) NOT NULL,
    speed_kmh        numeric(4,1) NOT NULL CHECK (speed_kmh >= 0),
    acceleration_ms2 numeric(4,1) NOT NULL,
    distance_m       numeric(5,1),                        -- to what was seen
    confidence       numeric(3,2) CHECK (confidence BETWEEN 0 AND 1),
    UNIQUE (scenario_id, seq)
);
