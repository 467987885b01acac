-- An online game: players, guilds, characters, items, matches.
create table players (
    id integer primary key,
    username varchar(32) not null unique,
    email varchar(120) not null unique,
    password_hash varchar(100) not null,
    country_code char(2),
    language varchar(5),
    is_banned boolean not null,
    banned_until timestamp,
    last_ip varchar(45),
    created_at timestamp not null,
    last_login_at timestamp
);
create table guilds (
    id integer primary key,
    name varchar(40) not null unique,
    tag varchar(5) not null unique,
    description text,
    founder_id integer not null references players (id),
    founded_at timestamp not null
);
create table guild_members (
    guild_id integer not null references guilds (id),
    player_id integer not null references players (id),
    role varchar(12) not null check (role in ('leader', 'officer', 'member', 'recruit')),
    joined_at timestamp not null,
    primary key (guild_id, player_id)
);
create table characters (
    id integer primary key,
    player_id integer not null references players (id),
    name varchar(24) not null unique,
    class varchar(16) not null,
    level smallint not null check (level between 1 and 80),
    experience integer not null,
    gold integer not null check (gold >= 0),
    hit_points smallint not null,
    created_at timestamp not null
);
create table items (
    id integer primary key,
    name varchar(60) not null,
    item_type varchar(20) not null,
    rarity varchar(12) not null check (rarity in ('common', 'uncommon', 'rare', 'epic', 'legendary')),
    required_level smallint not null,
    attack smallint,
    defense smallint,
    price integer not null,
    stats json
);
create table inventory (
    character_id integer not null references characters (id),
    slot smallint not null,
    item_id integer not null references items (id),
    quantity smallint not null check (quantity > 0),
    acquired_at timestamp not null,
    primary key (character_id, slot)
);
create table matches (
    id integer primary key,
    map_name varchar(40) not null,
    mode varchar(20) not null check (mode in ('duel', 'arena', 'raid', 'battleground')),
    started_at timestamp not null,
    ended_at timestamp,
    duration_s integer
);
create table match_players (
    match_id integer not null references matches (id),
    character_id integer not null references characters (id),
    team smallint not null check (team in (1, 2)),
    kills smallint not null,
    deaths smallint not null,
    score integer not null,
    won boolean not null,
    primary key (match_id, character_id)
);
