-- User analytics of a social network: one row per user, in SQL that SQLite and PostgreSQL both understand.

CREATE TABLE users (
    user_id    integer PRIMARY KEY,
    age        integer NOT NULL CHECK (age BETWEEN 18 AND 65),
    gender     varchar(12) NOT NULL CHECK (gender IN ('female', 'male', 'non-binary')),
    location   varchar(40) NOT NULL,
    posts      integer NOT NULL CHECK (posts BETWEEN 1 AND 100),
    likes      integer NOT NULL CHECK (likes BETWEEN 1 AND 500),
    followers  integer NOT NULL CHECK (followers BETWEEN 0 AND 5000),
    following  integer NOT NULL CHECK (following BETWEEN 0 AND 5000)
);
