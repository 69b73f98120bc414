create table {resources} (
    key integer generated always as identity primary key,
    id text collate "C" not null unique,
    created_at timestamptz not null,
    -- The vector space that this resource has an index of its own for: made when an exact scan would take too long.
    indexed_space integer
);

create table {threads} (
    key bigint generated always as identity primary key,
    resource_key integer not null references {resources} (key),
    id text collate "C" not null unique,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    last_position integer not null,
    message_count integer not null,
    version bigint not null,
    title text,
    metadata text
) with (fillfactor = 80);

create index on {threads} (resource_key, created_at, id);
create index on {threads} (resource_key, updated_at, id);

-- Content and metadata are kept as they came; what is filtered by stands in metadata_plain where the text cannot be cast to jsonb.
-- A row without content is what remains of a deleted message: its id stays taken.
-- tokens: for each distinct term the resource's key and 32 bits of the term's hash, repeated terms first; counts: how often these occur, and every other term once. The last token is the
-- thread's own, its key below zero: with a term's it finds the term's holders in the thread, whatever else the resource holds.
create table {messages} (
    thread_key bigint not null,
    position integer not null,
    resource_key integer not null,
    revision integer not null,
    length integer not null,
    created_at timestamptz not null,
    fingerprint uuid not null,
    role text not null,
    id text collate "C" not null,
    tokens bigint[],
    counts integer[],
    name text,
    metadata text,
    metadata_plain jsonb,
    content text,
    primary key (thread_key, position, resource_key)
){partitioned};

create unique index on {messages} (thread_key, id, resource_key);

-- Written at once: entries put off would make some append, or every search, wait for them.
create index on {messages} using gin (tokens) with (fastupdate = off);

-- In how many of a resource's messages a term occurs, by 32 bits of its hash; but for messages in the table below. Whoever changes several changes them in their order, so that nobody
-- waits for somebody who waits for them.
create table {term_counts} (
    resource_key integer not null,
    hash integer not null,
    count integer not null,
    primary key (resource_key, hash)
) with (fillfactor = 80);

-- Messages whose terms are counted later, many at a time: a resource of few messages has no counts, and an append seldom waits for another's.
create table {uncounted} (
    resource_key integer not null,
    thread_key bigint not null,
    position integer not null,
    primary key (resource_key, thread_key, position)
);

-- The newest space is the current one. Messages behind (fill_thread, fill_position) may still have to be listed among those that await their vectors.
create table {vector_spaces} (
    key integer generated always as identity primary key,
    model text not null,
    dimensions integer not null,
    created_at timestamptz not null,
    fill_thread bigint not null default 0,
    fill_position integer not null default 0,
    is_filled boolean not null default false
);

-- A message of several chunks has several rows; one with nothing to embed has a row without a vector, which says that it is done.
create table {vectors} (
    thread_key bigint not null,
    position integer not null,
    resource_key integer not null,
    space_key integer not null,
    chunk smallint not null,
    vector {vector_type},
    primary key (thread_key, position, chunk, resource_key)
){partitioned};

-- In the row, not beside it, as long as it fits into a page: an exact scan reads every one.
alter table {vectors} alter column vector set storage main;

create index on {vectors} (resource_key);

create table {pending_embeddings} (
    thread_key bigint not null,
    position integer not null,
    resource_key integer not null,
    due_at timestamptz not null,
    attempts integer not null,
    primary key (thread_key, position)
);

create index on {pending_embeddings} (resource_key);

-- A document is UTF-8 in bytes: it may hold U+0000, which text may not.
create table {working_memory} (
    is_thread boolean not null,
    owner_key bigint not null,
    is_json boolean not null,
    version bigint not null,
    updated_at timestamptz not null,
    document bytea not null,
    primary key (is_thread, owner_key)
);

create table {operations} (
    key bigint generated always as identity primary key,
    id text collate "C" not null unique,
    kind text not null,
    resource_id text collate "C",
    thread_id text collate "C",
    status smallint not null,
    attempts integer not null,
    due_at timestamptz not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    error_code text,
    error_message text,
    payload text,
    result text
);

create index on {operations} (due_at, key) where status < 2;
create index on {operations} (status, updated_at) where status >= 2;
create index on {operations} (resource_id) where resource_id is not null;
