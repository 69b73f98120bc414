-- After so many seconds without a change the thread is removed; null for the deployment's time to live, if there is one.
alter table {threads} add column time_to_live integer;

-- When the time to live of its own is over. An append to a thread without one writes nothing here.
create index on {threads} ((updated_at at time zone 'UTC' + time_to_live * interval '1 second'), key) where time_to_live is not null;

-- What is remembered of an erased resource: a hash of its id, and when it was erased.
create table {erasures} (
    mark text collate "C" primary key,
    erased_at timestamptz not null
);

create index on {erasures} (erased_at);

create table {access_keys} (
    id text collate "C" primary key,
    hash text not null,
    name text,
    access_grant text not null,
    created_at timestamptz not null,
    expires_at timestamptz
);

-- Those that an erasure finds by their thread alone.
create index on {operations} (thread_id) where resource_id is null and thread_id is not null;
