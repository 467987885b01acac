-- A school: classes, timetables, marks and absences.
create table subjects (
    code varchar(6) primary key,
    title varchar(60) not null unique,
    hours_per_week smallint not null
);
create table teachers (
    id integer primary key,
    full_name varchar(120) not null,
    email varchar(120) not null unique,
    hired_on date not null,
    is_class_teacher boolean not null
);
create table classes (
    id integer primary key,
    name varchar(10) not null,
    school_year varchar(9) not null,
    grade smallint not null check (grade between 1 and 12),
    class_teacher_id integer references teachers (id),
    unique (name, school_year)
);
create table students (
    id integer primary key,
    class_id integer not null references classes (id),
    first_name varchar(60) not null,
    last_name varchar(60) not null,
    gender varchar(10),
    birth_date date not null,
    guardian_email varchar(120),
    enrolled_on date not null,
    left_on date
);
create table lessons (
    id integer primary key,
    class_id integer not null references classes (id),
    subject_code varchar(6) not null references subjects (code),
    teacher_id integer not null references teachers (id),
    weekday smallint not null check (weekday between 1 and 5),
    period smallint not null check (period between 1 and 8),
    room varchar(10) not null,
    unique (class_id, weekday, period)
);
create table exams (
    id integer primary key,
    class_id integer not null references classes (id),
    subject_code varchar(6) not null references subjects (code),
    title varchar(100) not null,
    held_on date not null,
    max_points smallint not null
);
create table grades (
    exam_id integer not null references exams (id),
    student_id integer not null references students (id),
    points numeric(5,1) not null,
    grade numeric(2,1) not null check (grade between 1 and 6),
    remark text,
    primary key (exam_id, student_id)
);
create table absences (
    id integer primary key,
    student_id integer not null references students (id),
    absent_from date not null,
    absent_to date not null,
    reason varchar(100),
    excused boolean not null,
    check (absent_to >= absent_from)
);
