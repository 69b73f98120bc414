begin;

create extension if not exists vector;
create schema if not exists "memory";
create table if not exists "memory"."schema_versions" (version integer primary key, applied_at timestamptz not null);

-- Version 1: not for a schema that has it already.

create table "memory"."resources" (
    key integer generated always as identity primary key,
    id text collate "C" not null unique,
    created_at timestamptz not null,
    -- The vector space that this resource has an index of its own for: made when an exact scan would take too long.
    indexed_space integer
);

create table "memory"."threads" (
    key bigint generated always as identity primary key,
    resource_key integer not null references "memory"."resources" (key),
    id text collate "C" not null unique,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    last_position integer not null,
    message_count integer not null,
    version bigint not null,
    title text,
    metadata text
) with (fillfactor = 80);

create index on "memory"."threads" (resource_key, created_at, id);
create index on "memory"."threads" (resource_key, updated_at, id);

-- Content and metadata are kept as they came; what is filtered by stands in metadata_plain where the text cannot be cast to jsonb.
-- A row without content is what remains of a deleted message: its id stays taken.
-- tokens: for each distinct term the resource's key and 32 bits of the term's hash, repeated terms first; counts: how often these occur, and every other term once. The last token is the
-- thread's own, its key below zero: with a term's it finds the term's holders in the thread, whatever else the resource holds.
create table "memory"."messages" (
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
);

create unique index on "memory"."messages" (thread_key, id, resource_key);

-- Written at once: entries put off would make some append, or every search, wait for them.
create index on "memory"."messages" using gin (tokens) with (fastupdate = off);

-- In how many of a resource's messages a term occurs, by 32 bits of its hash; but for messages in the table below. Whoever changes several changes them in their order, so that nobody
-- waits for somebody who waits for them.
create table "memory"."term_counts" (
    resource_key integer not null,
    hash integer not null,
    count integer not null,
    primary key (resource_key, hash)
) with (fillfactor = 80);

-- Messages whose terms are counted later, many at a time: a resource of few messages has no counts, and an append seldom waits for another's.
create table "memory"."uncounted" (
    resource_key integer not null,
    thread_key bigint not null,
    position integer not null,
    primary key (resource_key, thread_key, position)
);

-- The newest space is the current one. Messages behind (fill_thread, fill_position) may still have to be listed among those that await their vectors.
create table "memory"."vector_spaces" (
    key integer generated always as identity primary key,
    model text not null,
    dimensions integer not null,
    created_at timestamptz not null,
    fill_thread bigint not null default 0,
    fill_position integer not null default 0,
    is_filled boolean not null default false
);

-- A message of several chunks has several rows; one with nothing to embed has a row without a vector, which says that it is done.
create table "memory"."vectors" (
    thread_key bigint not null,
    position integer not null,
    resource_key integer not null,
    space_key integer not null,
    chunk smallint not null,
    vector "public".halfvec,
    primary key (thread_key, position, chunk, resource_key)
);

-- In the row, not beside it, as long as it fits into a page: an exact scan reads every one.
alter table "memory"."vectors" alter column vector set storage main;

create index on "memory"."vectors" (resource_key);

create table "memory"."pending_embeddings" (
    thread_key bigint not null,
    position integer not null,
    resource_key integer not null,
    due_at timestamptz not null,
    attempts integer not null,
    primary key (thread_key, position)
);

create index on "memory"."pending_embeddings" (resource_key);

-- A document is UTF-8 in bytes: it may hold U+0000, which text may not.
create table "memory"."working_memory" (
    is_thread boolean not null,
    owner_key bigint not null,
    is_json boolean not null,
    version bigint not null,
    updated_at timestamptz not null,
    document bytea not null,
    primary key (is_thread, owner_key)
);

create table "memory"."operations" (
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

create index on "memory"."operations" (due_at, key) where status < 2;
create index on "memory"."operations" (status, updated_at) where status >= 2;
create index on "memory"."operations" (resource_id) where resource_id is not null;

-- The key of a resource, made if need be.
create function "memory"."ensure_resource"(p_resource text, p_now timestamptz) returns integer
language plpgsql as $memory$
declare
    v_key integer;
begin
    loop
        select r.key into v_key from "memory"."resources" r where r.id = p_resource for key share;
        exit when found;
        insert into "memory"."resources" (id, created_at) values (p_resource, p_now) on conflict (id) do nothing returning key into v_key;
        exit when found;
    end loop;
    return v_key;
end
$memory$;

-- The key of the vector space that vectors of a model belong to: the current one if it is theirs, a new one if there is none; null if the current one is another.
create function "memory"."space_for"(p_model text, p_dimensions integer, p_now timestamptz) returns integer
language plpgsql as $memory$
declare
    v_space "memory"."vector_spaces"%rowtype;
begin
    for attempt in 1..2 loop
        select * into v_space from "memory"."vector_spaces" s order by s.key desc limit 1;
        if found then
            return case when v_space.model = p_model and v_space.dimensions = p_dimensions then v_space.key end;
        end if;
        -- The first vectors ever: one of those who bring some makes the space, when no append is under way that has not seen it.
        lock table "memory"."vector_spaces" in share row exclusive mode;
    end loop;
    insert into "memory"."vector_spaces" (model, dimensions, created_at, is_filled)
    values (p_model, p_dimensions, p_now, not exists (select from "memory"."messages" m where m.content is not null)) returning * into v_space;
    return v_space.key;
end
$memory$;

-- Lists messages among those that await their vectors. Without an embedder (p_due is null) nobody works the list off, and it is kept only where vectors are.
-- Returns whether it did.
create function "memory"."list_pending"(p_thread bigint, p_resource integer, p_first integer, p_last integer, p_due timestamptz, p_now timestamptz) returns boolean
language plpgsql as $memory$
begin
    if p_due is null then
        -- Whoever makes the first space waits until this is over, and then lists what it finds.
        lock table "memory"."vector_spaces" in row exclusive mode;
        if not exists (select from "memory"."vector_spaces") then
            return false;
        end if;
    end if;
    insert into "memory"."pending_embeddings" (thread_key, position, resource_key, due_at, attempts)
    select p_thread, n, p_resource, coalesce(p_due, p_now), 0 from generate_series(p_first, p_last) n
    on conflict (thread_key, position) do nothing;
    return true;
end
$memory$;

-- Counts terms of messages that are counted now, or that went (changes below zero). What is in no message any more is not kept.
create function "memory"."count_terms"(p_resource integer, p_hashes integer[], p_changes integer[]) returns void
language plpgsql as $memory$
declare
    v_gone integer[];
begin
    with counted as (
        insert into "memory"."term_counts" as c (resource_key, hash, count)
        select p_resource, x.hash, x.change from unnest(p_hashes, p_changes) x (hash, change) order by x.hash
        on conflict (resource_key, hash) do update set count = c.count + excluded.count
        returning hash, count)
    select array_agg(n.hash) into v_gone from counted n where n.count = 0;
    if v_gone is not null then
        delete from "memory"."term_counts" c where c.resource_key = p_resource and c.hash = any (v_gone);
    end if;
end
$memory$;

-- Counts the terms of a resource's uncounted messages if there are many. Whoever changes a message changes its row here, too: it is left out, or the other waits and finds it counted.
create function "memory"."count_fresh"(p_resource integer) returns void
language plpgsql as $memory$
declare
    v_lock bigint := hashtextextended('"memory"."uncounted"' || p_resource, 0);
    v_threads bigint[];
    v_positions integer[];
    v_hashes integer[];
    v_changes integer[];
begin
    if not exists (select from "memory"."uncounted" u where u.resource_key = p_resource offset 127) then
        return;
    end if;
    -- One at a time; the others leave it to that one, unless it is so much that every search would be slower for it until somebody appends again.
    if not pg_try_advisory_xact_lock(v_lock) then
        if not exists (select from "memory"."uncounted" u where u.resource_key = p_resource offset 511) then
            return;
        end if;
        perform pg_advisory_xact_lock(v_lock);
    end if;
    with taken as (
        delete from "memory"."uncounted" u
        where u.ctid = any (array(select k.ctid from "memory"."uncounted" k where k.resource_key = p_resource for update skip locked)) returning u.thread_key, u.position)
    select array_agg(t.thread_key), array_agg(t.position) into v_threads, v_positions from taken t;
    -- Only now that nobody can change them any more.
    select array_agg(c.hash), array_agg(c.count) into v_hashes, v_changes
    from (select (k << 32 >> 32)::integer as hash, count(*)::integer as count
          from unnest(v_threads, v_positions) t (thread_key, position)
              cross join lateral (
                select l.tokens from "memory"."messages" l
                where l.thread_key = t.thread_key and l.position between t.position and t.position and l.resource_key = p_resource order by l.position limit 1) m
              cross join unnest(m.tokens) k
          where k > 0 group by 1) c;
    perform "memory"."count_terms"(p_resource, v_hashes, v_changes);
end
$memory$;

-- Appends messages of distinct ids to a thread, all or none. outcome: appended, with a row a message; conflict, with a row for each message whose id is taken by
-- other content; no_thread; moved_on, with the thread's last position. Only 'appended' has written anything.
-- p_hashes holds the messages' term hashes one message after another, each ending at its p_hash_ends; p_counts and p_count_ends likewise.
-- Messages are looked up by id one at a time (lateral, limit 1): a join may be planned as a walk over the whole thread while the table has not been analyzed yet.
-- p_vectors has for each vector the message's place in p_vector_owners, and which of its vectors it is in p_chunks; p_model is null when nothing was embedded.
create function "memory"."append_messages"(
    p_thread text, p_resource text, p_expected bigint, p_now timestamptz, p_due timestamptz,
    p_ids text[], p_roles text[], p_names text[], p_contents text[], p_metadata text[], p_plain text[], p_created timestamptz[], p_fingerprints uuid[],
    p_lengths integer[], p_hashes integer[], p_hash_ends integer[], p_counts integer[], p_count_ends integer[],
    p_model text, p_dimensions integer, p_vectors "public".halfvec[], p_vector_owners integer[], p_chunks smallint[])
returns table (outcome text, ordinal integer, "position" integer, created_at timestamptz, is_duplicate boolean, is_pending boolean)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
declare
    v_thread bigint;
    v_resource integer;
    v_owner text;
    v_last integer;
    v_known integer;
    v_conflicts integer[];
    v_count integer := cardinality(p_ids);
    v_new integer;
    v_space integer;
    v_made boolean := false;
    v_listed boolean := false;
begin
    loop
        -- Whoever appends to the thread at the same time waits here, so that positions have no gaps.
        select t.key, t.resource_key, r.id, t.last_position into v_thread, v_resource, v_owner, v_last
        from "memory"."threads" t join "memory"."resources" r on r.key = t.resource_key where t.id = p_thread for no key update of t;
        exit when found;
        if p_resource is null then
            return query select 'no_thread', 0, 0, null::timestamptz, false, false;
            return;
        end if;
        if p_expected <> 0 then
            return query select 'moved_on', 0, 0, null::timestamptz, false, false;
            return;
        end if;
        v_made := true;
        insert into "memory"."threads" (resource_key, id, created_at, updated_at, last_position, message_count, version)
        values ("memory"."ensure_resource"(p_resource, p_now), p_thread, p_now, p_now, 0, 0, (extract(epoch from p_now) * 1000000)::bigint)
        on conflict (id) do nothing;
    end loop;

    if p_resource <> v_owner then
        if v_made then
            -- Somebody else made the thread at the same moment: the resource made for nothing has to go.
            raise exception 'The thread belongs to another resource.' using errcode = 'MM404';
        end if;
        return query select 'no_thread', 0, 0, null::timestamptz, false, false;
        return;
    end if;

    select count(*), array_agg(x.ordinal) filter (where m.fingerprint <> x.fingerprint) into v_known, v_conflicts
    from unnest(p_ids, p_fingerprints) with ordinality x (id, fingerprint, ordinal)
        cross join lateral (select k.fingerprint from "memory"."messages" k where k.thread_key = v_thread and k.id = x.id and k.resource_key = v_resource limit 1) m;
    if v_conflicts is not null then
        return query select 'conflict', o, 0, null::timestamptz, false, false from unnest(v_conflicts) o order by o;
        return;
    end if;

    v_new := v_count - v_known;
    if v_new > 0 then
        -- Only now: an append that was all there already is a retry, and the thread may have moved on since.
        if p_expected <> v_last then
            return query select 'moved_on', 0, v_last, null::timestamptz, false, false;
            return;
        end if;
        if v_last + v_new > 268435455 then
            raise exception 'A thread holds at most 268435455 positions.' using errcode = 'program_limit_exceeded';
        end if;
        v_space := case when p_model is not null then "memory"."space_for"(p_model, p_dimensions, p_now) end;

        insert into "memory"."messages" (
            thread_key, position, resource_key, revision, length, created_at, fingerprint, role, id, tokens, counts, name, metadata, metadata_plain, content)
        select v_thread, v_last + row_number() over (order by x.ordinal), v_resource, 1, x.length, x.created_at, x.fingerprint, x.role, x.id,
            (select array_agg((v_resource::bigint << 32) | (h::bigint & 4294967295)) || -v_thread
             from unnest(p_hashes[coalesce(p_hash_ends[x.ordinal - 1], 0) + 1 : p_hash_ends[x.ordinal]]) h),
            nullif(p_counts[coalesce(p_count_ends[x.ordinal - 1], 0) + 1 : p_count_ends[x.ordinal]], '{}'),
            x.name, x.metadata, x.plain::jsonb, x.content
        from unnest(p_ids, p_roles, p_names, p_contents, p_metadata, p_plain, p_created, p_fingerprints, p_lengths)
            with ordinality x (id, role, name, content, metadata, plain, created_at, fingerprint, length, ordinal)
        where v_known = 0
           or not exists (select from "memory"."messages" m where m.thread_key = v_thread and m.id = x.id and m.resource_key = v_resource);
        insert into "memory"."uncounted" (resource_key, thread_key, position) select v_resource, v_thread, n from generate_series(v_last + 1, v_last + v_new) n;

        update "memory"."threads" t set last_position = v_last + v_new, message_count = t.message_count + v_new, updated_at = greatest(t.updated_at, p_now)
        where t.key = v_thread;

        if v_space is null then
            v_listed := "memory"."list_pending"(v_thread, v_resource, v_last + 1, v_last + v_new, p_due, p_now);
        elsif v_known = 0 then
            insert into "memory"."vectors" (thread_key, position, resource_key, space_key, chunk, vector)
            select v_thread, v_last + v.owner, v_resource, v_space, v.chunk, v.vector
            from unnest(p_vectors, p_vector_owners, p_chunks) v (vector, owner, chunk);
        else
            insert into "memory"."vectors" (thread_key, position, resource_key, space_key, chunk, vector)
            select v_thread, m.position, v_resource, v_space, v.chunk, v.vector
            from unnest(p_vectors, p_vector_owners, p_chunks) v (vector, owner, chunk)
                cross join lateral (select k.position from "memory"."messages" k where k.thread_key = v_thread and k.id = p_ids[v.owner] and k.resource_key = v_resource limit 1) m
            where m.position > v_last;
        end if;
        perform "memory"."count_fresh"(v_resource);
    end if;

    if v_known = 0 then
        return query select 'appended', n, v_last + n, p_created[n], false, v_listed from generate_series(1, v_new) n;
        return;
    end if;
    return query
    select 'appended', x.ordinal::integer, m.position, m.created_at, m.position <= v_last,
        exists (select from "memory"."pending_embeddings" p where p.thread_key = v_thread and p.position = m.position)
    from unnest(p_ids) with ordinality x (id, ordinal)
        cross join lateral (
            select k.position, k.created_at from "memory"."messages" k where k.thread_key = v_thread and k.id = x.id and k.resource_key = v_resource limit 1) m
    order by x.ordinal;
end
$memory$;

-- Whether a message's metadata meets every condition: {"key", "any": [values] or absent, "bounds": [{"above", "inclusive", "limit"}]}.
-- Bounds compare numbers with numbers and strings, by code point, with strings. In plpgsql, so that it is not spelt out in every statement that may need it.
create function "memory"."matches_metadata"(p_metadata text, p_plain jsonb, p_conditions jsonb) returns boolean
language plpgsql immutable as $memory$
begin
    return p_metadata is not null and not exists (
        select from (select coalesce(p_plain, p_metadata::jsonb) as document) m, jsonb_array_elements(p_conditions) c, lateral (select m.document -> (c ->> 'key') as value) v
        where v.value is null
           or (c ? 'any' and not exists (select from jsonb_array_elements(c -> 'any') a where a = v.value))
           or exists (
                select from jsonb_array_elements(c -> 'bounds') b
                where jsonb_typeof(v.value) <> jsonb_typeof(b -> 'limit')
                   or case jsonb_typeof(v.value)
                        when 'number' then case
                            when v.value = b -> 'limit' then not (b ->> 'inclusive')::boolean
                            else ((v.value #>> '{}')::numeric > (b ->> 'limit')::numeric) <> (b ->> 'above')::boolean end
                        when 'string' then case
                            when v.value = b -> 'limit' then not (b ->> 'inclusive')::boolean
                            else ((v.value #>> '{}') collate "C" > (b ->> 'limit') collate "C") <> (b ->> 'above')::boolean end
                        else true end));
end
$memory$;

-- A message as a search sees it: whether it is there and meets the filter, its time, and its context's length in tenths: its own length and a share of its neighbours'.
create function "memory"."message_context"(
    p_thread bigint, p_position integer, p_resource integer, p_excluded integer[],
    p_roles text[], p_from timestamptz, p_to timestamptz, p_conditions jsonb)
returns table (is_admitted boolean, created_at timestamptz, length float8)
language sql stable as $memory$
    select
        coalesce(bool_or(m.position = p_position and m.content is not null
            and (p_roles is null or m.role = any (p_roles)) and (p_from is null or m.created_at >= p_from) and (p_to is null or m.created_at <= p_to)
            and (p_conditions is null or "memory"."matches_metadata"(m.metadata, m.metadata_plain, p_conditions))), false),
        max(m.created_at) filter (where m.position = p_position),
        sum(m.length * case m.position - p_position when 0 then 10 when -1 then 7 when 1 then 4 when -2 then 4 else 2 end)::float8
    from "memory"."messages" m
    where m.thread_key = p_thread and m.position between p_position - 3 and p_position + 2 and m.resource_key = p_resource
      and (p_excluded is null or m.position <> all (p_excluded))
$memory$;

-- The messages that hold a term: in a thread, those that its token finds together with the thread's own. Nothing else is asked for where that is not needed to find the partition: another
-- index might seem good enough.
create function "memory"."term_holders"(p_token bigint, p_resource integer, p_thread bigint, p_whole boolean, p_excluded integer[])
returns table (key bigint, count integer, length integer)
language sql stable as $memory$
    select (m.thread_key << 28) | m.position, coalesce(m.counts[array_position(m.tokens, p_token)], 1), m.length from "memory"."messages" m
    where m.tokens @> case when p_whole then array[p_token] else array[p_token, -p_thread] end
      and (p_excluded is null or m.thread_key <> p_thread or m.position <> all (p_excluded))
    offset 0 -- so that the count is worked out once a row
$memory$;

-- Finds the messages of a resource, or of one of its threads, that bear on a question, and reads them with their neighbours and the thread's last messages.
-- The first row speaks of the search as a whole; each other row is a message, and a hit when it has a number. No row: there is no such thread, or it is another resource's.
-- Words are ranked as Core's index ranks them, and both signals are fused as there; the arithmetic of counts and lengths is in tenths, so that it is exact.
-- p_near_…: what an index of vectors elsewhere found nearest to the question; null when the vectors are here.
create function "memory"."search_messages"(
    p_thread text, p_resource text, p_whole boolean, p_hashes integer[],
    p_model text, p_dimensions integer, p_query "public".halfvec, p_lexical float8, p_dense float8,
    p_counts_pending boolean, p_top integer, p_least float8,
    p_roles text[], p_from timestamptz, p_to timestamptz, p_conditions jsonb, p_excluded integer[],
    p_last integer, p_before integer, p_after integer,
    p_near_threads text[] default null, p_near_ids text[] default null, p_near_revisions integer[] default null, p_near_fingerprints uuid[] default null,
    p_near_cosines float8[] default null)
returns table (
    resource_id text, pending bigint, stored_model text, stored_dimensions integer,
    thread_id text, "position" integer, id text, role text, name text, content text, metadata text, created_at timestamptz,
    hit integer, score float8, lexical float8, lexical_rank integer, cosine float8, dense_rank integer)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
declare
    v_thread bigint;
    v_resource integer;
    v_owner text;
    v_size bigint;
    v_space "memory"."vector_spaces"%rowtype;
    v_indexed integer;
    v_pending bigint := 0;
    v_total float8;
    v_excluded integer[] := nullif(p_excluded, '{}');
    v_depth integer := greatest(100, p_top + 1);
    v_limit integer;
    v_signs integer;
    v_rows integer;
    v_is_chunked boolean;
    v_filtered boolean;
    v_keys bigint[] := '{}';
    v_cosines float8[] := '{}';
    v_times timestamptz[] := '{}';
    v_near_keys bigint[];
    v_near_cosines float8[];
    v_foot float8;
    v_mean float8 := 0;
    v_best float8 := 0;
    v_bar float8 := 0;
    v_tail integer;
    v_distinct integer;
    v_is_tied boolean;
    v_tokens bigint[];
    v_weights float8[];
    v_by_words float8;
    v_scored integer;
    v_kept integer;
    v_is_cut boolean;
    v_kept_terms integer[] := '{}';
    v_kept_keys bigint[] := '{}';
    v_kept_counts integer[] := '{}';
    v_kept_lengths integer[] := '{}';
    v_floor float8;
    v_cut float8;
    v_reached float8;
    v_reaching integer;
    v_hits bigint[];
    v_scores float8[];
    v_lexicals float8[];
    v_lexical_ranks integer[];
    v_hit_cosines float8[];
    v_dense_ranks integer[];
    v_next integer := 1;
    v_at integer;
begin
    if p_thread is not null then
        select t.key, t.resource_key, r.id, r.indexed_space, t.message_count into v_thread, v_resource, v_owner, v_indexed, v_size
        from "memory"."threads" t join "memory"."resources" r on r.key = t.resource_key where t.id = p_thread and (p_resource is null or r.id = p_resource);
        if not found then
            return;
        end if;
    else
        select r.key, r.id, r.indexed_space into v_resource, v_owner, v_indexed from "memory"."resources" r where r.id = p_resource;
        if not found then
            return query select p_resource, 0::bigint, null::text, null::integer, null::text, null::integer, null::text, null::text, null::text, null::text, null::text,
                null::timestamptz, null::integer, null::float8, null::float8, null::integer, null::float8, null::integer;
            return;
        end if;
    end if;

    select * into v_space from "memory"."vector_spaces" s order by s.key desc limit 1;

    if cardinality(p_hashes) > 0 or p_whole then
        select coalesce(sum(t.message_count), 0) into v_total from "memory"."threads" t where t.resource_key = v_resource;
    end if;
    if p_counts_pending then
        if v_space.key is null and p_whole then
            v_pending := v_total;
        elsif v_space.key is null then
            select t.message_count into v_pending from "memory"."threads" t where t.key = v_thread;
        else
            select count(*) into v_pending from "memory"."pending_embeddings" p where p.resource_key = v_resource and (p_whole or p.thread_key = v_thread);
            if not v_space.is_filled then
                v_pending := v_pending + (
                    select count(*) from "memory"."messages" m
                    where (m.thread_key, m.position) > (v_space.fill_thread, v_space.fill_position) and m.resource_key = v_resource and (p_whole or m.thread_key = v_thread)
                      and m.content is not null
                      and not exists (select from "memory"."vectors" v where v.thread_key = m.thread_key and v.position = m.position and v.resource_key = m.resource_key and v.space_key = v_space.key)
                      and not exists (select from "memory"."pending_embeddings" p where p.thread_key = m.thread_key and p.position = m.position));
            end if;
        end if;
    end if;

    return query select v_owner, v_pending, v_space.model, v_space.dimensions, null::text, null::integer, null::text, null::text, null::text, null::text, null::text,
        null::timestamptz, null::integer, null::float8, null::float8, null::integer, null::float8, null::integer;
    if p_query is not null and (v_space.model <> p_model or v_space.dimensions <> p_dimensions) then
        return;
    end if;

    if p_query is not null and v_space.key is not null then
        v_filtered := p_roles is not null or p_from is not null or p_to is not null or p_conditions is not null;
        v_indexed := case when p_whole and v_indexed = v_space.key then v_indexed end;
        v_limit := v_depth;
        loop
            -- The distance is worked out once a row: what it is ordered by is what is selected.
            if p_near_threads is not null then
                -- What the index elsewhere found counts as long as the message is what it was when it was embedded.
                with messages as (
                    select m.thread_key << 28 | m.position as key, max(n.cosine) as cosine
                    from unnest(p_near_threads, p_near_ids, p_near_revisions, p_near_fingerprints, p_near_cosines) n (thread_id, id, revision, fingerprint, cosine)
                        cross join lateral (select k.key from "memory"."threads" k where k.id = n.thread_id and k.resource_key = v_resource limit 1) t
                        cross join lateral (select * from "memory"."messages" k where k.thread_key = t.key and k.id = n.id and k.resource_key = v_resource limit 1) m
                    where (p_whole or m.thread_key = v_thread) and m.revision = n.revision and m.fingerprint = n.fingerprint and m.content is not null
                      and (v_excluded is null or m.thread_key <> v_thread or m.position <> all (v_excluded))
                      and (p_roles is null or m.role = any (p_roles)) and (p_from is null or m.created_at >= p_from) and (p_to is null or m.created_at <= p_to)
                      and (p_conditions is null or "memory"."matches_metadata"(m.metadata, m.metadata_plain, p_conditions))
                    group by 1)
                select coalesce(array_agg(m.key order by m.cosine desc, m.key), '{}'), coalesce(array_agg(m.cosine order by m.cosine desc, m.key), '{}'), count(distinct m.cosine)
                into v_keys, v_cosines, v_distinct from messages m;
                v_near_keys := v_keys;
                v_near_cosines := v_cosines;
                exit;
            elsif v_indexed is not null then
                -- Found through the resource's index by their signs alone, several for each that is wanted, and then compared exactly. Fewer signs say less: then it takes more.
                -- Those that are left out may be among them: to go on for one more would cost as much again.
                v_signs := greatest(case when v_space.dimensions < 1024 then 4 else 2 end * v_limit, 4 * p_top);
                perform set_config('hnsw.iterative_scan', 'strict_order', true),
                    set_config('hnsw.ef_search', least(1000, v_signs + coalesce(cardinality(v_excluded), 0))::text, true);
                execute format(
                    'with found as materialized ('
                    ' select v.thread_key, v.position, v.chunk, v.vector from %1$s v where v.resource_key = %2$s and v.space_key = %3$s'
                    ' and not (v.thread_key = $2 and v.position = any ($3))'
                    ' and (not $4 or exists (select from %4$s m where m.thread_key = v.thread_key and m.position = v.position and m.resource_key = v.resource_key'
                    '  and ($5 is null or m.role = any ($5)) and ($6 is null or m.created_at >= $6) and ($7 is null or m.created_at <= $7)'
                    '  and ($8 is null or %5$s(m.metadata, m.metadata_plain, $8))))'
                    ' order by %6$s(v.vector)::bit(%7$s) <~> %6$s($1)::bit(%7$s) limit $10), '
                    'nearest as (select f.thread_key << 28 | f.position as key, f.vector <#> $1 as distance, f.chunk from found f order by distance, key limit $9) '
                    'select count(*), array_agg(n.key order by n.distance, n.key), array_agg(-n.distance order by n.distance, n.key), count(distinct n.distance), bool_or(n.chunk > 0) from nearest n',
                    '"memory"."vectors"', v_resource, v_space.key, '"memory"."messages"', '"memory"."matches_metadata"', '"public".binary_quantize', v_space.dimensions)
                into v_rows, v_keys, v_cosines, v_distinct, v_is_chunked
                using p_query, coalesce(v_thread, 0), coalesce(v_excluded, '{}'), v_filtered, p_roles, p_from, p_to, p_conditions, v_limit, v_signs;
            elsif p_whole then
                with nearest as (
                    select v.thread_key << 28 | v.position as key, v.vector <#> p_query as distance, v.chunk from "memory"."vectors" v
                    where v.resource_key = v_resource and v.space_key = v_space.key and v.vector is not null
                      and (v_excluded is null or v.thread_key <> v_thread or v.position <> all (v_excluded))
                      and (not v_filtered or exists (
                        select from "memory"."messages" m where m.thread_key = v.thread_key and m.position = v.position and m.resource_key = v.resource_key
                          and (p_roles is null or m.role = any (p_roles)) and (p_from is null or m.created_at >= p_from) and (p_to is null or m.created_at <= p_to)
                          and (p_conditions is null or "memory"."matches_metadata"(m.metadata, m.metadata_plain, p_conditions))))
                    order by distance, key limit v_limit)
                select count(*), array_agg(n.key order by n.distance, n.key), array_agg(-n.distance order by n.distance, n.key), count(distinct n.distance), bool_or(n.chunk > 0)
                into v_rows, v_keys, v_cosines, v_distinct, v_is_chunked from nearest n;
            else
                with nearest as (
                    select v.thread_key << 28 | v.position as key, v.vector <#> p_query as distance, v.chunk from "memory"."vectors" v
                    where v.thread_key = v_thread and v.resource_key = v_resource and v.space_key = v_space.key and v.vector is not null
                      and (v_excluded is null or v.position <> all (v_excluded))
                      and (not v_filtered or exists (
                        select from "memory"."messages" m where m.thread_key = v.thread_key and m.position = v.position and m.resource_key = v.resource_key
                          and (p_roles is null or m.role = any (p_roles)) and (p_from is null or m.created_at >= p_from) and (p_to is null or m.created_at <= p_to)
                          and (p_conditions is null or "memory"."matches_metadata"(m.metadata, m.metadata_plain, p_conditions))))
                    order by distance, key limit v_limit)
                select count(*), array_agg(n.key order by n.distance, n.key), array_agg(-n.distance order by n.distance, n.key), count(distinct n.distance), bool_or(n.chunk > 0)
                into v_rows, v_keys, v_cosines, v_distinct, v_is_chunked from nearest n;
            end if;

            -- A message may have several vectors, and its nearest counts: more rows are asked for until there are messages enough, or no more rows.
            if v_is_chunked then
                select array_agg(d.key order by d.cosine desc, d.key), array_agg(d.cosine order by d.cosine desc, d.key) into v_keys, v_cosines
                from (select u.key, max(u.cosine) as cosine from unnest(v_keys, v_cosines) u (key, cosine) group by 1) d;
            end if;
            v_keys := coalesce(v_keys, '{}');
            exit when cardinality(v_keys) >= v_depth;
            if v_rows < v_limit then
                exit when v_indexed is null;
                v_indexed := null; -- the index ran out of patience before it had enough: compare every vector
                v_limit := v_depth;
            else
                v_limit := v_limit * 4;
            end if;
        end loop;

        v_tail := least(cardinality(v_keys), greatest(4, least(50, cardinality(v_keys) / 2)));
        if v_tail > 1 then
            v_foot := v_cosines[v_tail];
            v_mean := (select avg(c) from unnest(v_cosines[1:v_tail]) c) - v_foot;
        end if;
        if v_mean > 1e-9 then
            v_best := ((v_cosines[1] - v_foot) / v_mean) ^ 2 / 3;
            v_bar := coalesce(case when p_top <= v_tail then ((v_cosines[p_top] - v_foot) / v_mean) ^ 2 / 3 end, 0);
        end if;

        -- Vectors below the foot of the tail count for nothing: a message among these can only be a hit by its words, and then it is among the best by words.
        -- Of messages with the same cosine the older one comes first; when these were written is asked only if there are such.
        v_is_tied := v_distinct < greatest(v_rows, cardinality(v_keys));
        v_keys := v_keys[1:greatest(v_tail, p_top)];
        v_cosines := v_cosines[1:greatest(v_tail, p_top)];
        if v_is_tied then
            select array_agg(d.key order by d.cosine desc, m.created_at, d.key), array_agg(d.cosine order by d.cosine desc, m.created_at, d.key),
                array_agg(m.created_at order by d.cosine desc, m.created_at, d.key)
            into v_keys, v_cosines, v_times
            from unnest(v_keys, v_cosines) d (key, cosine) cross join lateral (
                select k.created_at from "memory"."messages" k
                where k.thread_key = d.key >> 28 and k.position = (d.key & 268435455)::integer and k.resource_key = v_resource limit 1) m;
            v_keys := coalesce(v_keys, '{}');
        end if;
    end if;

    if cardinality(p_hashes) > 0 or cardinality(v_keys) > 0 then
        v_total := coalesce(v_total, 0);
        if v_excluded is not null then
            v_total := v_total - (
                select count(*) from "memory"."messages" m where m.thread_key = v_thread and m.position = any (v_excluded) and m.resource_key = v_resource and m.content is not null);
        end if;

        -- How many messages of the whole resource hold a term weighs it: so many are counted, and among those that are not each is looked at.
        with fresh as materialized (
            select m.tokens from "memory"."uncounted" u cross join lateral (
                select k.tokens from "memory"."messages" k where k.thread_key = u.thread_key and k.position between u.position and u.position and k.resource_key = v_resource order by k.position limit 1) m
            where u.resource_key = v_resource and cardinality(p_hashes) > 0
        )
        select coalesce(array_agg(w.token order by w.i), '{}'), coalesce(array_agg(w.weight order by w.i), '{}'), coalesce(sum(w.weight order by w.i), 0)
        into v_tokens, v_weights, v_by_words
        from (
            select h.i, h.token, ln(1 + (v_total - h.found + 0.5::float8) / (h.found + 0.5::float8)) * 2.2::float8 as weight
            from (
                select t.i, t.token, coalesce((select c.count from "memory"."term_counts" c where c.resource_key = v_resource and c.hash = t.hash), 0)
                    + (select count(*) from fresh f where t.token = any (f.tokens))
                    - case when v_excluded is null then 0 else (
                        select count(*) from "memory"."messages" m
                        where m.thread_key = v_thread and m.position = any (v_excluded) and m.resource_key = v_resource and t.token = any (m.tokens)) end as found
                from (select h.i, h.hash, (v_resource::bigint << 32) | (h.hash::bigint & 4294967295) as token from unnest(p_hashes) with ordinality h (hash, i)) t
                offset 0) h) w; -- so that it is counted once a term

        -- Looking up a message's context is what costs: only those are scored that could be among the best, by words or with their vectors, going by the most that their words can
        -- be worth. How many could be by words shows when some are scored; seldom is it more than this.
        v_size := case when p_whole then v_total else v_size end;
        v_scored := p_top + case when p_whole then 40 + v_size / 2000 else 15 end;
        v_kept := 10 * v_scored;
        v_is_cut := v_size * cardinality(p_hashes) > 100000;
        loop
            -- Where many may hold a term, only those count that can be near the best: whatever a holder reaches is worth at most everything that holders near enough for any message to have
            -- both around it are worth to themselves. In whole ten-thousandths, rounded up: such a sum is carried on from row to row.
            if v_is_cut then
                with holders as (
                    select t.i, m.key, m.count, m.length, ceil(10000 * t.weight / (1 + 0.012::float8 * m.length / m.count + 0.6::float8 / m.count))::integer as worth
                    from unnest(v_tokens, v_weights) with ordinality t (token, weight, i) cross join lateral "memory"."term_holders"(t.token, v_resource, v_thread, p_whole, v_excluded) m
                ),
                near as materialized (
                    select h.i, h.key, h.count, h.length, sum(h.worth) over (order by h.key range between 5::bigint preceding and 5::bigint following) / 10000::float8 as reach from holders h
                ),
                cut as materialized (
                    select coalesce(v_floor, (select n.reach from near n order by n.reach desc offset v_kept limit 1), 0) as reach
                ),
                -- Beyond the cut are all the holders that a message has around it which can be worth as much; and around what vectors found, all that there are.
                around as (
                    select distinct d.key + c.distance as key from unnest(v_keys) d (key) cross join (values (0), (-1), (1), (-2), (2), (-3)) c (distance)
                )
                select (select c.reach from cut c), coalesce(array_agg(n.i), '{}'), coalesce(array_agg(n.key), '{}'), coalesce(array_agg(n.count), '{}'), coalesce(array_agg(n.length), '{}')
                into v_cut, v_kept_terms, v_kept_keys, v_kept_counts, v_kept_lengths
                from near n left join around a on a.key = n.key
                where n.reach >= (select c.reach from cut c) or a.key is not null;
            end if;

            with kept as materialized (
                select t.i, t.weight, m.key, m.count, 1 + 0.012::float8 * m.length / m.count as own, 6 / m.count::float8 as rest
                from unnest(v_tokens, v_weights) with ordinality t (token, weight, i) cross join lateral "memory"."term_holders"(t.token, v_resource, v_thread, p_whole, v_excluded) m
                where not v_is_cut
                union all
                select k.i, v_weights[k.i], k.key, k.count, 1 + 0.012::float8 * k.length / k.count, 6 / k.count::float8
                from unnest(v_kept_terms, v_kept_keys, v_kept_counts, v_kept_lengths) k (i, key, count, length)
            ),
            -- Each message that a term reaches, and the most that its score can be: as if nobody stood around it but the terms' holders. A little more, since sums are rounded.
            -- Where very many may be reached they are summed in order, and so sorted: a hash that is planned for few and outgrows its memory is emptied again and again.
            bounds as materialized (
                select h.key - c.distance as key, 1.000001::float8 * sum(h.weight / (h.own + h.rest / c.share)) as most
                from kept h cross join (values (0, 10::float8), (-1, 7), (1, 4), (-2, 4), (2, 2), (-3, 2)) c (distance, share)
                where not v_is_cut
                group by 1
                union all
                select h.key - c.distance, 1.000001::float8 * sum(h.weight / (h.own + h.rest / c.share) order by h.i)
                from kept h cross join (values (0, 10::float8), (-1, 7), (1, 4), (-2, 4), (2, 2), (-3, 2)) c (distance, share)
                where v_is_cut
                group by 1
            ),
            -- With its vector a message can be among the best only if it gets as far as the last of them does without any words.
            chosen as (
                (select b.key from bounds b where b.most >= coalesce(v_floor, 0) order by b.most desc limit v_scored)
                union
                select d.key from unnest(v_keys, v_cosines) d (key, cosine) join bounds b on b.key = d.key
                where v_bar = 0 or p_lexical * b.most + p_dense * ((d.cosine - v_foot) / v_mean) ^ 2 / 3 >= p_dense * v_bar
            ),
            contexts as (
                select k.key, m.created_at, m.length
                from chosen k cross join lateral "memory"."message_context"(
                    k.key >> 28, (k.key & 268435455)::integer, v_resource, case when k.key >> 28 = v_thread then v_excluded end, p_roles, p_from, p_to, p_conditions) m
                where m.is_admitted
            ),
            scores as (
                select t.key, t.created_at, sum(t.weight * t.tf / (t.tf + 6 + 0.012::float8 * t.length) order by t.i) as score
                from (
                    select k.key, k.created_at, k.length, h.i, h.weight, sum(h.count * c.share)::float8 as tf
                    from contexts k
                        cross join (values (0, 10), (-1, 7), (1, 4), (-2, 4), (2, 2), (-3, 2)) c (distance, share)
                        join kept h on h.key = k.key + c.distance
                    group by 1, 2, 3, 4, 5) t
                group by 1, 2
            ),
            by_words as materialized (
                select s.key, s.created_at, s.score, row_number() over (order by s.score desc, s.created_at, s.key)::integer as rank from scores s
            ),
            reached as materialized (
                select coalesce((select w.score from by_words w where w.rank = p_top), 0) as score
            ),
            united as (
                select coalesce(w.key, d.key) as key, coalesce(w.created_at, d.created_at) as created_at, coalesce(w.score, 0) as score,
                    case when w.rank <= p_top then w.rank end as lexical_rank, d.cosine, d.rank::integer as dense_rank
                from by_words w full join unnest(v_keys, v_cosines, v_times) with ordinality d (key, cosine, created_at, rank) on d.key = w.key
                where w.rank <= p_top or d.rank <= p_top or d.key = w.key
            ),
            compared as materialized (
                select u.key, u.created_at, u.score, u.lexical_rank, u.dense_rank,
                    coalesce(u.cosine, case
                        -- Embedded, and not among what was found elsewhere: far, nobody knows how far.
                        when v_near_keys is not null then coalesce(v_near_cosines[array_position(v_near_keys, u.key)], (
                            select '-infinity'::float8 from "memory"."vectors" v
                            where v.thread_key = u.key >> 28 and v.position = (u.key & 268435455)::integer and v.resource_key = v_resource and v.space_key = v_space.key limit 1))
                        when p_query is not null then (
                            select max(-(v.vector <#> p_query)) from "memory"."vectors" v
                            where v.thread_key = u.key >> 28 and v.position = (u.key & 268435455)::integer and v.resource_key = v_resource and v.space_key = v_space.key) end) as cosine
                from united u
            ),
            fused as (
                select c.*, case
                    when cardinality(v_keys) = 0 then c.score / nullif(v_by_words, 0)
                    else (2 * p_lexical * c.score + 2 * p_dense * case when v_mean > 1e-9 and c.cosine > v_foot then ((c.cosine - v_foot) / v_mean) ^ 2 / 3 else 0 end)
                        / nullif(2 * p_lexical * v_by_words + 2 * p_dense * v_best, 0) end as share
                from compared c
            )
            select (select r.score from reached r), (select count(*) from bounds b where b.most >= (select r.score from reached r)),
                array_agg(f.key), array_agg(coalesce(f.share, 0)), array_agg(f.score), array_agg(f.lexical_rank),
                array_agg(f.cosine), array_agg(f.dense_rank)
            into v_reached, v_reaching, v_hits, v_scores, v_lexicals, v_lexical_ranks, v_hit_cosines, v_dense_ranks
            from (select * from fused f order by coalesce(f.share, 0) desc, f.cosine desc nulls last, f.created_at, f.key) f;
            exit when v_floor is not null or (v_reaching <= v_scored and (not v_is_cut or v_cut <= v_reached));
            v_floor := v_reached;
            v_scored := null;
        end loop;

        -- A message without a vector stands no lower than its words alone would place it: that the vector is missing must push nothing out.
        if v_hits is not null and (cardinality(v_keys) > 0 or v_near_keys is not null) and array_position(v_hit_cosines, null) is not null then
            declare
                v_order integer[] := '{}';
                v_moved float8[] := '{}';
                v_done boolean[] := array_fill(false, array[cardinality(v_hits)]);
                v_place integer;
            begin
                for v_place in 1..cardinality(v_hits) loop
                    while v_next <= cardinality(v_hits) and v_done[v_next] loop
                        v_next := v_next + 1;
                    end loop;
                    v_at := array_position(v_lexical_ranks, v_place);
                    if v_at is null or v_done[v_at] or v_hit_cosines[v_at] is not null then
                        v_at := v_next;
                    end if;
                    v_order := v_order || v_at;
                    v_moved := v_moved || v_scores[v_next];
                    v_done[v_at] := true;
                end loop;
                select array_agg(v_hits[o] order by n), array_agg(v_moved[n] order by n), array_agg(v_lexicals[o] order by n), array_agg(v_lexical_ranks[o] order by n),
                    array_agg(v_hit_cosines[o] order by n), array_agg(v_dense_ranks[o] order by n)
                into v_hits, v_scores, v_lexicals, v_lexical_ranks, v_hit_cosines, v_dense_ranks
                from unnest(v_order) with ordinality x (o, n);
            end;
        end if;
    end if;

    return query
    with hits as materialized (
        select h.key >> 28 as thread_key, (h.key & 268435455)::integer as position, row_number() over (order by h.n)::integer as hit,
            h.score, h.lexical, h.lexical_rank, h.cosine, h.dense_rank
        from unnest(v_hits, v_scores, v_lexicals, v_lexical_ranks, v_hit_cosines, v_dense_ranks) with ordinality h (key, score, lexical, lexical_rank, cosine, dense_rank, n)
        where h.score >= p_least order by h.n limit p_top
    ),
    windows as (
        select t.id as thread_id, m.* from hits h
            cross join lateral (select k.id from "memory"."threads" k where k.key = h.thread_key limit 1) t
            cross join lateral (
                select * from "memory"."messages" k
                where k.thread_key = h.thread_key and k.position between h.position - p_before and h.position + p_after and k.resource_key = v_resource and k.content is not null
                order by k.position) m
        union all
        (select p_thread, m.* from "memory"."messages" m
         where m.thread_key = v_thread and m.resource_key = v_resource and m.content is not null order by m.position desc limit p_last)
    )
    select distinct on (m.thread_id, m.position) null::text, null::bigint, null::text, null::integer,
        m.thread_id, m.position, m.id, m.role, m.name, m.content, m.metadata, m.created_at, h.hit, h.score, h.lexical, h.lexical_rank, nullif(h.cosine, '-infinity'), h.dense_rank
    from windows m left join hits h on h.thread_key = m.thread_key and h.position = m.position
    order by m.thread_id, m.position;
end
$memory$;

-- Lists the next messages that were there before the current vector space and have no vector of it. Returns whether there may be more.
create function "memory"."fill_pending"(p_now timestamptz, p_limit integer) returns boolean
language plpgsql as $memory$
declare
    v_space "memory"."vector_spaces"%rowtype;
    v_threads bigint[];
    v_positions integer[];
    v_count integer;
begin
    select * into v_space from "memory"."vector_spaces" s order by s.key desc limit 1;
    if not found or v_space.is_filled then
        return false;
    end if;
    select * into v_space from "memory"."vector_spaces" s where s.key = v_space.key for update;
    select array_agg(m.thread_key), array_agg(m.position) into v_threads, v_positions
    from (select m.thread_key, m.position from "memory"."messages" m
          where (m.thread_key, m.position) > (v_space.fill_thread, v_space.fill_position)
          order by m.thread_key, m.position limit p_limit) m;
    v_count := coalesce(cardinality(v_threads), 0);
    insert into "memory"."pending_embeddings" (thread_key, position, resource_key, due_at, attempts)
    select m.thread_key, m.position, m.resource_key, p_now, 0
    from unnest(v_threads, v_positions) x (thread_key, position)
        cross join lateral (
            select k.thread_key, k.position, k.resource_key from "memory"."messages" k
            where k.thread_key = x.thread_key and k.position = x.position and k.content is not null limit 1) m
    where not exists (
        select from "memory"."vectors" v
        where v.thread_key = m.thread_key and v.position = m.position and v.resource_key = m.resource_key and v.space_key = v_space.key)
    on conflict (thread_key, position) do nothing;
    update "memory"."vector_spaces" s set is_filled = v_count < p_limit,
        fill_thread = coalesce(v_threads[v_count], s.fill_thread), fill_position = coalesce(v_positions[v_count], s.fill_position)
    where s.key = v_space.key;
    return v_count = p_limit;
end
$memory$;

-- Takes messages off the list for a while, oldest threads first. Each counts one more attempt.
create function "memory"."claim_pending"(p_limit integer, p_now timestamptz, p_until timestamptz)
returns table (
    thread_id text, "position" integer, message_id text, role text, created_at timestamptz, revision integer, fingerprint uuid, name text, content text, attempts integer)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
begin
    perform "memory"."fill_pending"(p_now, 2000);
    return query
    with taken as (
        update "memory"."pending_embeddings" p set due_at = p_until, attempts = p.attempts + 1
        from (select d.thread_key, d.position from "memory"."pending_embeddings" d where d.due_at <= p_now
              order by d.thread_key, d.position limit p_limit for no key update skip locked) d
        where p.thread_key = d.thread_key and p.position = d.position
        returning p.thread_key, p.position, p.attempts
    )
    select t.id, m.position, m.id, m.role, m.created_at, m.revision, m.fingerprint, m.name, m.content, k.attempts
    from taken k
        join "memory"."threads" t on t.key = k.thread_key
        cross join lateral (
            select * from "memory"."messages" l
            where l.thread_key = k.thread_key and l.position = k.position and l.resource_key = t.resource_key and l.content is not null limit 1) m
    order by k.thread_key, k.position;
end
$memory$;

-- Replaces the vectors of messages that still are what was embedded, and takes these off the list. Returns how many; null when the current space is another.
create function "memory"."store_vectors"(
    p_model text, p_dimensions integer, p_now timestamptz, p_threads text[], p_positions integer[], p_revisions integer[], p_fingerprints uuid[],
    p_vectors "public".halfvec[], p_vector_owners integer[], p_chunks smallint[])
returns integer
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
declare
    v_space integer := "memory"."space_for"(p_model, p_dimensions, p_now);
    v_threads bigint[];
    v_positions integer[];
    v_resources integer[];
    v_ordinals integer[];
begin
    if v_space is null then
        return null;
    end if;
    select array_agg(s.thread_key), array_agg(s.position), array_agg(s.resource_key), array_agg(s.ordinal) into v_threads, v_positions, v_resources, v_ordinals
    from (select m.thread_key, m.position, m.resource_key, x.ordinal
          from (select t.key, t.resource_key, x.position, x.revision, x.fingerprint, x.ordinal
                from unnest(p_threads, p_positions, p_revisions, p_fingerprints) with ordinality x (thread_id, position, revision, fingerprint, ordinal)
                    cross join lateral (select k.key, k.resource_key from "memory"."threads" k where k.id = x.thread_id limit 1) t
                order by t.key, x.position) x
              cross join lateral (
                select k.thread_key, k.position, k.resource_key from "memory"."messages" k
                where k.thread_key = x.key and k.position = x.position and k.resource_key = x.resource_key
                  and k.revision = x.revision and k.fingerprint = x.fingerprint and k.content is not null
                limit 1 for no key update) m) s;
    delete from "memory"."vectors" v using unnest(v_threads, v_positions, v_resources) s (thread_key, position, resource_key)
    where v.thread_key = s.thread_key and v.position = s.position and v.resource_key = s.resource_key;
    insert into "memory"."vectors" (thread_key, position, resource_key, space_key, chunk, vector)
    select s.thread_key, s.position, s.resource_key, v_space, x.chunk, x.vector
    from unnest(p_vectors, p_vector_owners, p_chunks) x (vector, owner, chunk)
        join unnest(v_threads, v_positions, v_resources, v_ordinals) s (thread_key, position, resource_key, ordinal) on s.ordinal = x.owner;
    delete from "memory"."pending_embeddings" p using unnest(v_threads, v_positions) s (thread_key, position) where p.thread_key = s.thread_key and p.position = s.position;
    return coalesce(cardinality(v_ordinals), 0);
end
$memory$;

-- Makes a space the current one and has everything listed for it, what waited for the one before included.
create function "memory"."begin_space"(p_model text, p_dimensions integer, p_now timestamptz) returns void
language plpgsql as $memory$
begin
    lock table "memory"."vector_spaces" in share row exclusive mode;
    if not exists (
        select from (select * from "memory"."vector_spaces" s order by s.key desc limit 1) s where s.model = p_model and s.dimensions = p_dimensions) then
        insert into "memory"."vector_spaces" (model, dimensions, created_at) values (p_model, p_dimensions, p_now);
        update "memory"."pending_embeddings" p set due_at = p_now, attempts = 0 where p.due_at > p_now;
    end if;
end
$memory$;

-- Whoever changes a thread or its messages locks the thread's row first, so that nobody waits for somebody who waits for them.

-- Replaces a message that is still at the revision that was read. A changed text takes its vectors along, and brings new ones or is listed for them.
create function "memory"."replace_message"(
    p_thread text, p_id text, p_revision integer, p_now timestamptz, p_role text, p_name text, p_content text, p_metadata text, p_plain text,
    p_length integer, p_hashes integer[], p_counts integer[], p_is_same_text boolean, p_due timestamptz,
    p_model text, p_dimensions integer, p_vectors "public".halfvec[], p_chunks smallint[])
returns table (is_replaced boolean, is_pending boolean)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
declare
    v_thread bigint;
    v_resource integer;
    v_position integer;
    v_space integer;
    v_before bigint[];
    v_after bigint[];
    v_is_counted boolean;
    v_hashes integer[];
    v_changes integer[];
begin
    select t.key, t.resource_key into v_thread, v_resource from "memory"."threads" t where t.id = p_thread for no key update;
    select m.position, m.tokens into v_position, v_before from "memory"."messages" m where m.thread_key = v_thread and m.id = p_id and m.resource_key = v_resource limit 1;
    -- A change, and not a lock alone: whoever counts it at the same moment in a transaction that has seen the old text has to fail.
    update "memory"."uncounted" u set position = u.position where u.resource_key = v_resource and u.thread_key = v_thread and u.position = v_position;
    v_is_counted := not found;
    update "memory"."messages" m set role = p_role, name = p_name, content = p_content, metadata = p_metadata, metadata_plain = p_plain::jsonb, revision = m.revision + 1,
        length = p_length, tokens = (select array_agg((v_resource::bigint << 32) | (h::bigint & 4294967295)) || -v_thread from unnest(p_hashes) h), counts = nullif(p_counts, '{}')
    where m.thread_key = v_thread and m.id = p_id and m.resource_key = v_resource and m.revision = p_revision and m.content is not null
    returning m.position, m.tokens into v_position, v_after;
    if v_position is null then
        return query select false, false;
        return;
    end if;
    if v_is_counted then
        select array_agg(c.hash), array_agg(c.change) into v_hashes, v_changes
        from (select (k.token << 32 >> 32)::integer as hash, sum(k.change)::integer as change
              from (select unnest(v_before) as token, -1 as change union all select unnest(v_after), 1) k where k.token > 0 group by 1) c
        where c.change <> 0;
        perform "memory"."count_terms"(v_resource, v_hashes, v_changes);
    end if;

    update "memory"."threads" t set updated_at = greatest(t.updated_at, p_now) where t.key = v_thread;
    if not p_is_same_text then
        delete from "memory"."vectors" v where v.thread_key = v_thread and v.position = v_position and v.resource_key = v_resource;
        delete from "memory"."pending_embeddings" p where p.thread_key = v_thread and p.position = v_position;
        v_space := case when p_model is not null then "memory"."space_for"(p_model, p_dimensions, p_now) end;
        if v_space is null then
            perform "memory"."list_pending"(v_thread, v_resource, v_position, v_position, p_due, p_now);
        else
            insert into "memory"."vectors" (thread_key, position, resource_key, space_key, chunk, vector)
            select v_thread, v_position, v_resource, v_space, x.chunk, x.vector from unnest(p_vectors, p_chunks) x (vector, chunk);
        end if;
    end if;
    return query select true, exists (select from "memory"."pending_embeddings" p where p.thread_key = v_thread and p.position = v_position);
end
$memory$;

-- Removes a message everywhere; what stays is its id.
create function "memory"."delete_message"(p_thread text, p_id text, p_now timestamptz) returns boolean
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
declare
    v_thread bigint;
    v_resource integer;
    v_position integer;
    v_before bigint[];
begin
    select t.key, t.resource_key into v_thread, v_resource from "memory"."threads" t where t.id = p_thread for no key update;
    select m.tokens into v_before from "memory"."messages" m where m.thread_key = v_thread and m.id = p_id and m.resource_key = v_resource limit 1;
    update "memory"."messages" m set name = null, content = null, metadata = null, metadata_plain = null, length = 0, tokens = null, counts = null
    where m.thread_key = v_thread and m.id = p_id and m.resource_key = v_resource and m.content is not null
    returning m.position into v_position;
    if v_position is null then
        return false;
    end if;
    delete from "memory"."uncounted" u where u.resource_key = v_resource and u.thread_key = v_thread and u.position = v_position;
    if not found then
        perform "memory"."count_terms"(v_resource, array_agg((k << 32 >> 32)::integer), array_agg(-1)) from unnest(v_before) k where k > 0;
    end if;
    delete from "memory"."vectors" v where v.thread_key = v_thread and v.position = v_position and v.resource_key = v_resource;
    delete from "memory"."pending_embeddings" p where p.thread_key = v_thread and p.position = v_position;
    update "memory"."threads" t set message_count = t.message_count - 1, updated_at = greatest(t.updated_at, p_now) where t.key = v_thread;
    return true;
end
$memory$;

-- Removes a thread with everything in it, if it is at a version or p_version is null.
create function "memory"."delete_thread"(p_thread text, p_version bigint) returns boolean
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
declare
    v_thread bigint;
    v_resource integer;
    v_hashes integer[];
    v_changes integer[];
begin
    select t.key, t.resource_key into v_thread, v_resource from "memory"."threads" t where t.id = p_thread and (p_version is null or t.version = p_version) for update;
    if not found then
        return false;
    end if;
    with fresh as (
        delete from "memory"."uncounted" u where u.resource_key = v_resource and u.thread_key = v_thread returning u.position),
    removed as (
        delete from "memory"."messages" m where m.thread_key = v_thread and m.resource_key = v_resource returning m.position, m.tokens)
    select array_agg(c.hash), array_agg(c.change) into v_hashes, v_changes
    from (select (k << 32 >> 32)::integer as hash, -count(*)::integer as change
          from removed r cross join unnest(r.tokens) k where k > 0 and not exists (select from fresh f where f.position = r.position) group by 1) c;
    perform "memory"."count_terms"(v_resource, v_hashes, v_changes);
    delete from "memory"."vectors" v where v.thread_key = v_thread and v.resource_key = v_resource;
    delete from "memory"."pending_embeddings" p where p.thread_key = v_thread;
    delete from "memory"."working_memory" w where w.is_thread and w.owner_key = v_thread;
    delete from "memory"."threads" t where t.key = v_thread;
    return true;
end
$memory$;

-- Copies a thread, up to a position or whole, for its own resource or another. outcome: cloned, no_thread, or exists; only 'cloned' has written anything.
create function "memory"."clone_thread"(p_source text, p_id text, p_resource text, p_up_to bigint, p_now timestamptz) returns text
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
declare
    v_source "memory"."threads"%rowtype;
    v_resource integer;
    v_target bigint;
    v_last integer;
    v_count integer;
    v_space integer := (select max(s.key) from "memory"."vector_spaces" s);
begin
    select * into v_source from "memory"."threads" t where t.id = p_source for no key update;
    if not found then
        return 'no_thread';
    end if;
    v_resource := case when p_resource is null then v_source.resource_key else "memory"."ensure_resource"(p_resource, p_now) end;
    v_last := least(p_up_to, v_source.last_position);
    insert into "memory"."threads" (resource_key, id, created_at, updated_at, last_position, message_count, version, title, metadata)
    values (v_resource, p_id, p_now, p_now, v_last, 0, (extract(epoch from p_now) * 1000000)::bigint, v_source.title, v_source.metadata)
    on conflict (id) do nothing returning key into v_target;
    if v_target is null then
        raise exception 'The id is taken.' using errcode = 'MM409'; -- and not a resource made for nothing
    end if;

    with added as (
        insert into "memory"."messages" (
            thread_key, position, resource_key, revision, length, created_at, fingerprint, role, id, tokens, counts, name, metadata, metadata_plain, content)
        select v_target, m.position, v_resource, m.revision, m.length, m.created_at, m.fingerprint, m.role, m.id,
            (select array_agg(case when k > 0 then (v_resource::bigint << 32) | (k & 4294967295) else -v_target end order by n) from unnest(m.tokens) with ordinality x (k, n)),
            m.counts, m.name, m.metadata, m.metadata_plain, m.content
        from "memory"."messages" m
        where m.thread_key = v_source.key and m.resource_key = v_source.resource_key and m.position <= v_last and m.content is not null
        returning position)
    insert into "memory"."uncounted" (resource_key, thread_key, position) select v_resource, v_target, a.position from added a;
    get diagnostics v_count = row_count;
    perform "memory"."count_fresh"(v_resource);
    update "memory"."threads" t set message_count = v_count where t.key = v_target;

    insert into "memory"."vectors" (thread_key, position, resource_key, space_key, chunk, vector)
    select v_target, v.position, v_resource, v.space_key, v.chunk, v.vector
    from "memory"."vectors" v where v.thread_key = v_source.key and v.resource_key = v_source.resource_key and v.position <= v_last and v.space_key = v_space;
    insert into "memory"."pending_embeddings" (thread_key, position, resource_key, due_at, attempts)
    select v_target, p.position, v_resource, p_now, 0 from "memory"."pending_embeddings" p where p.thread_key = v_source.key and p.position <= v_last;
    insert into "memory"."working_memory" (is_thread, owner_key, is_json, version, updated_at, document)
    select true, v_target, w.is_json, w.version, w.updated_at, w.document from "memory"."working_memory" w where w.is_thread and w.owner_key = v_source.key;
    return 'cloned';
end
$memory$;

-- Vectors of messages that are kept in another service: what is narrowed by stands beside them, in each row of a content. Ids are texts, since there are no keys here.
create table "memory"."split_vectors" (
    thread_id text collate "C" not null,
    message_id text collate "C" not null,
    revision integer not null,
    fingerprint uuid not null,
    resource_id text collate "C" not null,
    chunk smallint not null,
    dimensions integer not null,
    created_at timestamptz not null,
    role text not null,
    model text not null,
    vector "public".halfvec not null,
    primary key (thread_id, message_id, revision, fingerprint, resource_id, chunk)
);

-- In the row, as long as it fits into a page: an exact scan reads every one.
alter table "memory"."split_vectors" alter column vector set storage main;

create index on "memory"."split_vectors" (resource_id);

-- Finds the contents of a thread, or of a resource, that are nearest to a question, each once, by the nearest of its vectors.
-- A function, so that the question's operator is found wherever the extension is.
create function "memory"."nearest_contents"(
    p_thread text, p_resource text, p_model text, p_dimensions integer, p_query "public".halfvec, p_roles text[], p_from timestamptz, p_to timestamptz, p_top integer)
returns table (thread_id text, message_id text, revision integer, fingerprint uuid, cosine float8)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
begin
    if p_thread is not null then
        return query
        select p_thread, v.message_id, v.revision, v.fingerprint, max(-(v.vector <#> p_query)) as cosine from "memory"."split_vectors" v
        where v.thread_id = p_thread and v.model = p_model and v.dimensions = p_dimensions
          and (p_roles is null or v.role = any (p_roles)) and (p_from is null or v.created_at >= p_from) and (p_to is null or v.created_at <= p_to)
        group by 2, 3, 4 order by cosine desc, 2, 3 limit p_top;
    else
        return query
        select v.thread_id, v.message_id, v.revision, v.fingerprint, max(-(v.vector <#> p_query)) as cosine from "memory"."split_vectors" v
        where v.resource_id = p_resource and v.model = p_model and v.dimensions = p_dimensions
          and (p_roles is null or v.role = any (p_roles)) and (p_from is null or v.created_at >= p_from) and (p_to is null or v.created_at <= p_to)
        group by 1, 2, 3, 4 order by cosine desc, 1, 2, 3 limit p_top;
    end if;
end
$memory$;

insert into "memory"."schema_versions" (version, applied_at) values (1, now());

-- Version 2: not for a schema that has it already.

-- Writes a piece of a thread that is stored elsewhere, with its positions, times and revisions; the thread is made if need be. All or nothing: taken, the thread is another resource's;
-- conflicts, the positions in whose way something stands. Otherwise written says how many messages were not there, and pending how many of these await their vectors.
-- Arrays are those of append_messages. p_positions ascends; p_model is null when no vectors came.
create function "memory"."write_piece"(
    p_thread text, p_resource text, p_title text, p_thread_metadata text, p_thread_created timestamptz, p_thread_updated timestamptz, p_last integer, p_version bigint,
    p_is_last boolean, p_now timestamptz, p_due timestamptz, p_positions integer[], p_revisions integer[],
    p_ids text[], p_roles text[], p_names text[], p_contents text[], p_metadata text[], p_plain text[], p_created timestamptz[], p_fingerprints uuid[],
    p_lengths integer[], p_hashes integer[], p_hash_ends integer[], p_counts integer[], p_count_ends integer[],
    p_model text, p_dimensions integer, p_vectors "public".halfvec[], p_vector_owners integer[], p_chunks smallint[])
returns table (is_taken boolean, conflicts integer[], written integer, pending integer)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
declare
    v_thread bigint;
    v_resource integer;
    v_owner text;
    v_last integer;
    v_made boolean := false;
    v_is_new boolean[];
    v_conflicts integer[];
    v_written integer;
    v_greatest integer;
    v_space integer;
    v_waiting integer[];
begin
    loop
        select t.key, t.resource_key, r.id, t.last_position into v_thread, v_resource, v_owner, v_last
        from "memory"."threads" t join "memory"."resources" r on r.key = t.resource_key where t.id = p_thread for no key update of t;
        exit when found;
        v_made := true;
        insert into "memory"."threads" (resource_key, id, created_at, updated_at, last_position, message_count, version, title, metadata)
        values ("memory"."ensure_resource"(p_resource, p_now), p_thread, p_thread_created, p_thread_created, 0, 0, p_version, p_title, p_thread_metadata)
        on conflict (id) do nothing;
    end loop;
    if p_resource <> v_owner then
        if v_made then
            -- Somebody else made the thread at the same moment: the resource made for nothing has to go.
            raise exception 'The thread belongs to another resource.' using errcode = 'MM404';
        end if;
        return query select true, '{}'::integer[], 0, 0;
        return;
    end if;

    -- What holds the id and what holds the position: both nothing, or both the message itself. What is behind the thread's end holds neither.
    -- By position it is the next one that is looked for: an equal one may be planned as a walk by ids over the whole thread while the table has not been analyzed yet.
    select array_agg(i.position is null order by x.ordinal), count(*) filter (where i.position is null), max(x.position) filter (where i.position is null),
        array_agg(x.position order by x.ordinal) filter (where case
            when i.position is null then p.position = x.position else i.position <> x.position or i.fingerprint <> x.fingerprint or not i.is_live end)
    into v_is_new, v_written, v_greatest, v_conflicts
    from unnest(p_ids, p_positions, p_fingerprints) with ordinality x (id, position, fingerprint, ordinal)
        left join lateral (
            select k.position, k.fingerprint, k.content is not null as is_live
            from "memory"."messages" k where v_last > 0 and k.thread_key = v_thread and k.id = x.id and k.resource_key = v_resource limit 1) i on true
        left join lateral (
            select k.position from "memory"."messages" k
            where x.position <= v_last and k.thread_key = v_thread and k.position >= x.position and k.resource_key = v_resource order by k.position limit 1) p on true;
    if v_conflicts is not null then
        return query select false, v_conflicts, 0, 0;
        return;
    end if;

    if greatest(v_greatest, case when p_is_last then p_last end) > 268435455 then
        raise exception 'A thread holds at most 268435455 positions.' using errcode = 'program_limit_exceeded';
    end if;
    if v_written > 0 then
        v_space := case when p_model is not null then "memory"."space_for"(p_model, p_dimensions, p_now) end;

        insert into "memory"."messages" (
            thread_key, position, resource_key, revision, length, created_at, fingerprint, role, id, tokens, counts, name, metadata, metadata_plain, content)
        select v_thread, x.position, v_resource, x.revision, x.length, x.created_at, x.fingerprint, x.role, x.id,
            (select array_agg((v_resource::bigint << 32) | (h::bigint & 4294967295)) || -v_thread
             from unnest(p_hashes[coalesce(p_hash_ends[x.ordinal - 1], 0) + 1 : p_hash_ends[x.ordinal]]) h),
            nullif(p_counts[coalesce(p_count_ends[x.ordinal - 1], 0) + 1 : p_count_ends[x.ordinal]], '{}'),
            x.name, x.metadata, x.plain::jsonb, x.content
        from unnest(p_positions, p_revisions, p_ids, p_roles, p_names, p_contents, p_metadata, p_plain, p_created, p_fingerprints, p_lengths)
            with ordinality x (position, revision, id, role, name, content, metadata, plain, created_at, fingerprint, length, ordinal)
        where v_is_new[x.ordinal];
        insert into "memory"."uncounted" (resource_key, thread_key, position)
        select v_resource, v_thread, x.position from unnest(p_positions, v_is_new) x (position, is_new) where x.is_new;

        if v_space is not null then
            insert into "memory"."vectors" (thread_key, position, resource_key, space_key, chunk, vector)
            select v_thread, p_positions[v.owner], v_resource, v_space, v.chunk, v.vector
            from unnest(p_vectors, p_vector_owners, p_chunks) v (vector, owner, chunk) where v_is_new[v.owner];
        end if;

        select array_agg(p_positions[w.n]) into v_waiting
        from (select n from generate_series(1, cardinality(p_ids)) n where v_is_new[n]
              except select o from unnest(p_vector_owners) o where v_space is not null) w;
        -- Without positions it lists nothing, but says whether the list is kept, and sees to it that this stays so.
        if v_waiting is not null and "memory"."list_pending"(v_thread, v_resource, 1, 0, p_due, p_now) then
            insert into "memory"."pending_embeddings" (thread_key, position, resource_key, due_at, attempts)
            select v_thread, n, v_resource, coalesce(p_due, p_now), 0 from unnest(v_waiting) n
            on conflict (thread_key, position) do nothing;
        else
            v_waiting := null;
        end if;
        perform "memory"."count_fresh"(v_resource);
    end if;

    update "memory"."threads" t set last_position = greatest(t.last_position, v_greatest, case when p_is_last then p_last end), message_count = t.message_count + v_written,
        updated_at = case when p_is_last then greatest(t.updated_at, p_thread_updated) else t.updated_at end,
        title = case when p_version > t.version then p_title else t.title end,
        metadata = case when p_version > t.version then p_thread_metadata else t.metadata end,
        version = greatest(t.version, p_version)
    where t.key = v_thread;
    return query select false, '{}'::integer[], v_written, coalesce(cardinality(v_waiting), 0);
end
$memory$;

insert into "memory"."schema_versions" (version, applied_at) values (2, now());

-- Version 3: not for a schema that has it already.

-- After so many seconds without a change the thread is removed; null for the deployment's time to live, if there is one.
alter table "memory"."threads" add column time_to_live integer;

-- When the time to live of its own is over. An append to a thread without one writes nothing here.
create index on "memory"."threads" ((updated_at at time zone 'UTC' + time_to_live * interval '1 second'), key) where time_to_live is not null;

-- What is remembered of an erased resource: a hash of its id, and when it was erased.
create table "memory"."erasures" (
    mark text collate "C" primary key,
    erased_at timestamptz not null
);

create index on "memory"."erasures" (erased_at);

create table "memory"."access_keys" (
    id text collate "C" primary key,
    hash text not null,
    name text,
    access_grant text not null,
    created_at timestamptz not null,
    expires_at timestamptz
);

-- Those that an erasure finds by their thread alone.
create index on "memory"."operations" (thread_id) where resource_id is null and thread_id is not null;

-- Locks a thread's row, if the thread is there and the resource's, for a change that follows in the same transaction: it stays the resource's until that is over.
create function "memory"."lock_thread"(p_thread text, p_owner text) returns boolean
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
begin
    perform from "memory"."threads" t join "memory"."resources" r on r.key = t.resource_key where t.id = p_thread and r.id = p_owner for no key update of t;
    return found;
end
$memory$;

-- Removes a thread with everything in it, if it is the resource's, at a version, and last changed at a time; null for any.
create function "memory"."remove_thread"(p_thread text, p_owner text, p_version bigint, p_updated timestamptz) returns boolean
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
begin
    perform from "memory"."threads" t
    where t.id = p_thread and (p_owner is null or t.resource_key = (select r.key from "memory"."resources" r where r.id = p_owner)) and (p_updated is null or t.updated_at = p_updated)
    for update;
    return found and "memory"."delete_thread"(p_thread, p_version);
end
$memory$;

-- Copies a thread as clone_thread does, with its time to live, if it is the resource's; null for any. outcome: as there.
create function "memory"."copy_thread"(p_source text, p_owner text, p_id text, p_resource text, p_up_to bigint, p_now timestamptz) returns text
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
declare
    v_time_to_live integer;
    v_outcome text;
begin
    select t.time_to_live into v_time_to_live from "memory"."threads" t
    where t.id = p_source and (p_owner is null or t.resource_key = (select r.key from "memory"."resources" r where r.id = p_owner)) for no key update;
    if not found then
        return 'no_thread';
    end if;
    v_outcome := "memory"."clone_thread"(p_source, p_id, p_resource, p_up_to, p_now);
    if v_time_to_live is not null then
        update "memory"."threads" t set time_to_live = v_time_to_live where t.id = p_id;
    end if;
    return v_outcome;
end
$memory$;

-- Writes a piece of a thread as write_piece does, with the thread's time to live, which goes with title and metadata: the newer version's stays.
create function "memory"."store_piece"(
    p_time_to_live integer,
    p_thread text, p_resource text, p_title text, p_thread_metadata text, p_thread_created timestamptz, p_thread_updated timestamptz, p_last integer, p_version bigint,
    p_is_last boolean, p_now timestamptz, p_due timestamptz, p_positions integer[], p_revisions integer[],
    p_ids text[], p_roles text[], p_names text[], p_contents text[], p_metadata text[], p_plain text[], p_created timestamptz[], p_fingerprints uuid[],
    p_lengths integer[], p_hashes integer[], p_hash_ends integer[], p_counts integer[], p_count_ends integer[],
    p_model text, p_dimensions integer, p_vectors "public".halfvec[], p_vector_owners integer[], p_chunks smallint[])
returns table (is_taken boolean, conflicts integer[], written integer, pending integer)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
declare
    v_before bigint;
    v_outcome record;
begin
    select t.version into v_before from "memory"."threads" t where t.id = p_thread for no key update;
    select * into v_outcome from "memory"."write_piece"(
        p_thread, p_resource, p_title, p_thread_metadata, p_thread_created, p_thread_updated, p_last, p_version, p_is_last, p_now, p_due, p_positions, p_revisions,
        p_ids, p_roles, p_names, p_contents, p_metadata, p_plain, p_created, p_fingerprints, p_lengths, p_hashes, p_hash_ends, p_counts, p_count_ends,
        p_model, p_dimensions, p_vectors, p_vector_owners, p_chunks);
    if not v_outcome.is_taken and cardinality(v_outcome.conflicts) = 0 then
        -- It has the piece's version, and had none or an older one: its fields are the piece's now.
        update "memory"."threads" t set time_to_live = p_time_to_live
        where t.id = p_thread and t.version = p_version and (v_before is null or p_version > v_before) and t.time_to_live is distinct from p_time_to_live;
    end if;
    return query select v_outcome.is_taken, v_outcome.conflicts, v_outcome.written, v_outcome.pending;
end
$memory$;

-- Notes that a resource is erased at a time, and removes notes that are older than another. Whoever appends what was accepted before holds the lock shared until it is stored: that is there
-- when the erasure begins, and what comes later finds the note.
create function "memory"."note_erasure"(p_mark text, p_now timestamptz, p_forgotten timestamptz) returns void
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
begin
    perform pg_advisory_xact_lock(hashtextextended('"memory"."erasures"' || p_mark, 0));
    insert into "memory"."erasures" as e (mark, erased_at) values (p_mark, p_now) on conflict (mark) do update set erased_at = greatest(e.erased_at, excluded.erased_at);
    -- Not those that somebody else is removing or renewing right now.
    delete from "memory"."erasures" e using (select k.mark from "memory"."erasures" k where k.erased_at < p_forgotten for update skip locked) old where e.mark = old.mark;
end
$memory$;

-- Appends as append_messages does, unless the resource was erased when this had been accepted already. outcome: as there, or erased, when nothing was written.
create function "memory"."append_accepted"(
    p_accepted timestamptz, p_mark text,
    p_thread text, p_resource text, p_expected bigint, p_now timestamptz, p_due timestamptz,
    p_ids text[], p_roles text[], p_names text[], p_contents text[], p_metadata text[], p_plain text[], p_created timestamptz[], p_fingerprints uuid[],
    p_lengths integer[], p_hashes integer[], p_hash_ends integer[], p_counts integer[], p_count_ends integer[],
    p_model text, p_dimensions integer, p_vectors "public".halfvec[], p_vector_owners integer[], p_chunks smallint[])
returns table (outcome text, ordinal integer, "position" integer, created_at timestamptz, is_duplicate boolean, is_pending boolean)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
begin
    perform pg_advisory_xact_lock_shared(hashtextextended('"memory"."erasures"' || p_mark, 0));
    if exists (select from "memory"."erasures" e where e.mark = p_mark and e.erased_at >= p_accepted) then
        return query select 'erased', 0, 0, null::timestamptz, false, false;
        return;
    end if;
    return query select * from "memory"."append_messages"(
        p_thread, p_resource, p_expected, p_now, p_due, p_ids, p_roles, p_names, p_contents, p_metadata, p_plain, p_created, p_fingerprints,
        p_lengths, p_hashes, p_hash_ends, p_counts, p_count_ends, p_model, p_dimensions, p_vectors, p_vector_owners, p_chunks);
end
$memory$;

-- Removes a step's worth of a resource, with the operations that name no resource and work on the thread. Returns what was removed, and what is left of a thread that was;
-- no row when nothing is left but what hangs on the resource itself.
create function "memory"."erase_part"(p_resource text, p_limit integer) returns table (threads integer, messages integer, documents integer, operations integer, leftovers bigint)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
declare
    v_thread bigint;
    v_resource integer;
    v_id text;
    v_removed integer;
    v_messages integer;
    v_documents integer;
    v_operations integer;
    v_hashes integer[];
    v_changes integer[];
begin
    select t.key, t.resource_key, t.id into v_thread, v_resource, v_id
    from "memory"."threads" t join "memory"."resources" r on r.key = t.resource_key where r.id = p_resource order by t.created_at, t.id limit 1 for update of t;
    if not found then
        return;
    end if;
    -- With its thread gone nobody could tell any more whose it was.
    delete from "memory"."operations" o where o.resource_id is null and o.thread_id = v_id;
    get diagnostics v_operations = row_count;
    with batch as (
        select m.thread_key, m.position, m.resource_key from "memory"."messages" m where m.thread_key = v_thread and m.resource_key = v_resource order by m.position limit p_limit),
    removed as (
        delete from "memory"."messages" m using batch s
        where m.thread_key = s.thread_key and m.position = s.position and m.resource_key = s.resource_key returning m.position, m.tokens, m.content is not null as was_there),
    fresh as (
        delete from "memory"."uncounted" u using batch s where u.resource_key = s.resource_key and u.thread_key = s.thread_key and u.position = s.position returning u.position),
    gone as (
        delete from "memory"."vectors" v using batch s where v.thread_key = s.thread_key and v.position = s.position and v.resource_key = s.resource_key),
    unlisted as (
        delete from "memory"."pending_embeddings" p using batch s where p.thread_key = s.thread_key and p.position = s.position)
    select (select count(*) from removed), (select count(*) from removed r where r.was_there), array_agg(c.hash), array_agg(c.change) into v_removed, v_messages, v_hashes, v_changes
    from (select (k << 32 >> 32)::integer as hash, -count(*)::integer as change
          from removed r cross join unnest(r.tokens) k where k > 0 and not exists (select from fresh f where f.position = r.position) group by 1) c;
    perform "memory"."count_terms"(v_resource, v_hashes, v_changes);
    if v_removed = p_limit then
        update "memory"."threads" t set message_count = t.message_count - v_messages where t.key = v_thread;
        return query select 0, v_messages, 0, v_operations, 0::bigint;
        return;
    end if;
    select count(*) into v_documents from "memory"."working_memory" w where w.is_thread and w.owner_key = v_thread;
    perform "memory"."delete_thread"(v_id, null);
    return query select 1, v_messages, v_documents, v_operations,
        (select count(*) from "memory"."messages" m where m.thread_key = v_thread and m.resource_key = v_resource)
        + (select count(*) from "memory"."vectors" v where v.thread_key = v_thread and v.resource_key = v_resource)
        + (select count(*) from "memory"."uncounted" u where u.resource_key = v_resource and u.thread_key = v_thread)
        + (select count(*) from "memory"."pending_embeddings" p where p.thread_key = v_thread)
        + (select count(*) from "memory"."working_memory" w where w.is_thread and w.owner_key = v_thread);
end
$memory$;

-- Removes what hangs on a resource itself, and looks for leftovers; with threads appended to meanwhile it removes nothing and counts these.
create function "memory"."end_erasure"(p_resource text) returns table (documents integer, operations integer, leftovers bigint)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
declare
    v_resource integer;
    v_threads bigint;
    v_documents integer;
    v_operations integer;
begin
    select r.key into v_resource from "memory"."resources" r where r.id = p_resource for update;
    select count(*) into v_threads from "memory"."threads" t where t.resource_key = v_resource;
    if v_threads > 0 then
        return query select 0, 0, v_threads;
        return;
    end if;
    delete from "memory"."working_memory" w where not w.is_thread and w.owner_key = v_resource;
    get diagnostics v_documents = row_count;
    delete from "memory"."operations" o where o.resource_id = p_resource;
    get diagnostics v_operations = row_count;
    delete from "memory"."term_counts" c where c.resource_key = v_resource;
    delete from "memory"."uncounted" u where u.resource_key = v_resource;
    delete from "memory"."resources" r where r.key = v_resource;
    return query select v_documents, v_operations,
        (select count(*) from "memory"."resources" r where r.id = p_resource)
        + (select count(*) from "memory"."threads" t where t.resource_key = v_resource)
        + (select count(*) from "memory"."term_counts" c where c.resource_key = v_resource)
        + (select count(*) from "memory"."uncounted" u where u.resource_key = v_resource)
        + (select count(*) from "memory"."vectors" v where v.resource_key = v_resource)
        + (select count(*) from "memory"."pending_embeddings" p where p.resource_key = v_resource)
        + (select count(*) from "memory"."working_memory" w where not w.is_thread and w.owner_key = v_resource)
        + (select count(*) from "memory"."operations" o where o.resource_id = p_resource);
end
$memory$;

-- The next threads whose own time to live is over: by the time when it was, then by key.
create function "memory"."own_expired"(p_now timestamptz, p_limit integer, p_due timestamptz, p_key bigint)
returns table (thread_id text, resource_id text, updated_at timestamptz, due timestamptz, key bigint)
language sql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
    select t.id, r.id, t.updated_at, (t.updated_at at time zone 'UTC' + t.time_to_live * interval '1 second') at time zone 'UTC', t.key
    from "memory"."threads" t join "memory"."resources" r on r.key = t.resource_key
    where t.time_to_live is not null
      and (t.updated_at at time zone 'UTC' + t.time_to_live * interval '1 second', t.key) > (p_due at time zone 'UTC', p_key)
      and t.updated_at at time zone 'UTC' + t.time_to_live * interval '1 second' <= p_now at time zone 'UTC'
    order by t.updated_at at time zone 'UTC' + t.time_to_live * interval '1 second', t.key limit p_limit
$memory$;

-- The next threads that have not changed since a time, from a place among a resource's threads on and then resource by resource; those with a time to live of their own are among them, so that
-- what is looked at stays bounded. When all threads of so many resources have been looked at, the last row has no thread and names the resource to go on with, if there is one.
create function "memory"."idle_threads"(p_since timestamptz, p_limit integer, p_resources integer, p_resource integer, p_time timestamptz, p_id text)
returns table (resource_key integer, resource_id text, thread_id text, updated_at timestamptz, is_own boolean)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
declare
    v_resource record;
    v_last integer;
    v_left integer := p_limit;
    v_found integer;
begin
    for v_resource in select r.key, r.id from "memory"."resources" r where r.key >= p_resource order by r.key limit p_resources loop
        return query
        select v_resource.key, v_resource.id, t.id, t.updated_at, t.time_to_live is not null from "memory"."threads" t
        where t.resource_key = v_resource.key and t.updated_at <= p_since
          and (t.updated_at, t.id) > (case when v_resource.key = p_resource then p_time else '-infinity' end, case when v_resource.key = p_resource then p_id else '' end)
        order by t.updated_at, t.id limit v_left;
        get diagnostics v_found = row_count;
        v_left := v_left - v_found;
        if v_left = 0 then
            return;
        end if;
        v_last := v_resource.key;
    end loop;
    return query select r.key, null::text, null::text, null::timestamptz, false from "memory"."resources" r where r.key > v_last order by r.key limit 1;
end
$memory$;

-- As they were, but for how they look a message up: by a range of one position, in its order. With an equal one it may be planned as a walk by ids over the whole thread while the table has
-- not been analyzed yet.

-- Lists the next messages that were there before the current vector space and have no vector of it. Returns whether there may be more.
create or replace function "memory"."fill_pending"(p_now timestamptz, p_limit integer) returns boolean
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
declare
    v_space "memory"."vector_spaces"%rowtype;
    v_threads bigint[];
    v_positions integer[];
    v_resources integer[];
    v_count integer;
begin
    select * into v_space from "memory"."vector_spaces" s order by s.key desc limit 1;
    if not found or v_space.is_filled then
        return false;
    end if;
    select * into v_space from "memory"."vector_spaces" s where s.key = v_space.key for update;
    select array_agg(m.thread_key), array_agg(m.position), array_agg(m.resource_key) into v_threads, v_positions, v_resources
    from (select m.thread_key, m.position, m.resource_key from "memory"."messages" m
          where (m.thread_key, m.position) > (v_space.fill_thread, v_space.fill_position)
          order by m.thread_key, m.position limit p_limit) m;
    v_count := coalesce(cardinality(v_threads), 0);
    insert into "memory"."pending_embeddings" (thread_key, position, resource_key, due_at, attempts)
    select m.thread_key, m.position, m.resource_key, p_now, 0
    from unnest(v_threads, v_positions, v_resources) x (thread_key, position, resource_key)
        cross join lateral (
            select k.thread_key, k.position, k.resource_key, k.content is not null as is_live from "memory"."messages" k
            where k.thread_key = x.thread_key and k.position between x.position and x.position and k.resource_key = x.resource_key order by k.position limit 1) m
    where m.is_live and not exists (
        select from "memory"."vectors" v
        where v.thread_key = m.thread_key and v.position = m.position and v.resource_key = m.resource_key and v.space_key = v_space.key)
    on conflict (thread_key, position) do nothing;
    update "memory"."vector_spaces" s set is_filled = v_count < p_limit,
        fill_thread = coalesce(v_threads[v_count], s.fill_thread), fill_position = coalesce(v_positions[v_count], s.fill_position)
    where s.key = v_space.key;
    return v_count = p_limit;
end
$memory$;

-- Takes messages off the list for a while, oldest threads first. Each counts one more attempt.
create or replace function "memory"."claim_pending"(p_limit integer, p_now timestamptz, p_until timestamptz)
returns table (
    thread_id text, "position" integer, message_id text, role text, created_at timestamptz, revision integer, fingerprint uuid, name text, content text, attempts integer)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
#variable_conflict use_column
begin
    perform "memory"."fill_pending"(p_now, 2000);
    return query
    with taken as (
        update "memory"."pending_embeddings" p set due_at = p_until, attempts = p.attempts + 1
        from (select d.thread_key, d.position from "memory"."pending_embeddings" d where d.due_at <= p_now
              order by d.thread_key, d.position limit p_limit for no key update skip locked) d
        where p.thread_key = d.thread_key and p.position = d.position
        returning p.thread_key, p.position, p.attempts
    )
    select t.id, m.position, m.id, m.role, m.created_at, m.revision, m.fingerprint, m.name, m.content, k.attempts
    from taken k
        join "memory"."threads" t on t.key = k.thread_key
        cross join lateral (
            select * from "memory"."messages" l
            where l.thread_key = k.thread_key and l.position between k.position and k.position and l.resource_key = t.resource_key order by l.position limit 1) m
    where m.content is not null
    order by k.thread_key, k.position;
end
$memory$;

-- Replaces the vectors of messages that still are what was embedded, and takes these off the list. Returns how many; null when the current space is another.
create or replace function "memory"."store_vectors"(
    p_model text, p_dimensions integer, p_now timestamptz, p_threads text[], p_positions integer[], p_revisions integer[], p_fingerprints uuid[],
    p_vectors "public".halfvec[], p_vector_owners integer[], p_chunks smallint[])
returns integer
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, "public", pg_temp as $memory$
declare
    v_space integer := "memory"."space_for"(p_model, p_dimensions, p_now);
    v_threads bigint[];
    v_positions integer[];
    v_resources integer[];
    v_ordinals integer[];
begin
    if v_space is null then
        return null;
    end if;
    select array_agg(s.thread_key), array_agg(s.position), array_agg(s.resource_key), array_agg(s.ordinal) into v_threads, v_positions, v_resources, v_ordinals
    from (select m.thread_key, m.position, m.resource_key, x.ordinal
          from (select t.key, t.resource_key, x.position, x.revision, x.fingerprint, x.ordinal
                from unnest(p_threads, p_positions, p_revisions, p_fingerprints) with ordinality x (thread_id, position, revision, fingerprint, ordinal)
                    cross join lateral (select k.key, k.resource_key from "memory"."threads" k where k.id = x.thread_id limit 1) t
                order by t.key, x.position) x
              cross join lateral (
                select k.thread_key, k.position, k.resource_key from "memory"."messages" k
                where k.thread_key = x.key and k.position between x.position and x.position and k.resource_key = x.resource_key
                  and k.revision = x.revision and k.fingerprint = x.fingerprint and k.content is not null
                order by k.position limit 1 for no key update) m) s;
    delete from "memory"."vectors" v using unnest(v_threads, v_positions, v_resources) s (thread_key, position, resource_key)
    where v.thread_key = s.thread_key and v.position = s.position and v.resource_key = s.resource_key;
    insert into "memory"."vectors" (thread_key, position, resource_key, space_key, chunk, vector)
    select s.thread_key, s.position, s.resource_key, v_space, x.chunk, x.vector
    from unnest(p_vectors, p_vector_owners, p_chunks) x (vector, owner, chunk)
        join unnest(v_threads, v_positions, v_resources, v_ordinals) s (thread_key, position, resource_key, ordinal) on s.ordinal = x.owner;
    delete from "memory"."pending_embeddings" p using unnest(v_threads, v_positions) s (thread_key, position) where p.thread_key = s.thread_key and p.position = s.position;
    return coalesce(cardinality(v_ordinals), 0);
end
$memory$;

insert into "memory"."schema_versions" (version, applied_at) values (3, now());

commit;
