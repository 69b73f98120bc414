-- The key of a resource, made if need be.
create function {ensure_resource}(p_resource text, p_now timestamptz) returns integer
language plpgsql as $memory$
declare
    v_key integer;
begin
    loop
        select r.key into v_key from {resources} r where r.id = p_resource for key share;
        exit when found;
        insert into {resources} (id, created_at) values (p_resource, p_now) on conflict (id) do nothing returning key into v_key;
        exit when found;
    end loop;
    return v_key;
end
$memory$;

-- The key of the vector space that vectors of a model belong to: the current one if it is theirs, a new one if there is none; null if the current one is another.
create function {space_for}(p_model text, p_dimensions integer, p_now timestamptz) returns integer
language plpgsql as $memory$
declare
    v_space {vector_spaces}%rowtype;
begin
    for attempt in 1..2 loop
        select * into v_space from {vector_spaces} s order by s.key desc limit 1;
        if found then
            return case when v_space.model = p_model and v_space.dimensions = p_dimensions then v_space.key end;
        end if;
        -- The first vectors ever: one of those who bring some makes the space, when no append is under way that has not seen it.
        lock table {vector_spaces} in share row exclusive mode;
    end loop;
    insert into {vector_spaces} (model, dimensions, created_at, is_filled)
    values (p_model, p_dimensions, p_now, not exists (select from {messages} m where m.content is not null)) returning * into v_space;
    return v_space.key;
end
$memory$;

-- Lists messages among those that await their vectors. Without an embedder (p_due is null) nobody works the list off, and it is kept only where vectors are.
-- Returns whether it did.
create function {list_pending}(p_thread bigint, p_resource integer, p_first integer, p_last integer, p_due timestamptz, p_now timestamptz) returns boolean
language plpgsql as $memory$
begin
    if p_due is null then
        -- Whoever makes the first space waits until this is over, and then lists what it finds.
        lock table {vector_spaces} in row exclusive mode;
        if not exists (select from {vector_spaces}) then
            return false;
        end if;
    end if;
    insert into {pending_embeddings} (thread_key, position, resource_key, due_at, attempts)
    select p_thread, n, p_resource, coalesce(p_due, p_now), 0 from generate_series(p_first, p_last) n
    on conflict (thread_key, position) do nothing;
    return true;
end
$memory$;

-- Counts terms of messages that are counted now, or that went (changes below zero). What is in no message any more is not kept.
create function {count_terms}(p_resource integer, p_hashes integer[], p_changes integer[]) returns void
language plpgsql as $memory$
declare
    v_gone integer[];
begin
    with counted as (
        insert into {term_counts} as c (resource_key, hash, count)
        select p_resource, x.hash, x.change from unnest(p_hashes, p_changes) x (hash, change) order by x.hash
        on conflict (resource_key, hash) do update set count = c.count + excluded.count
        returning hash, count)
    select array_agg(n.hash) into v_gone from counted n where n.count = 0;
    if v_gone is not null then
        delete from {term_counts} c where c.resource_key = p_resource and c.hash = any (v_gone);
    end if;
end
$memory$;

-- Counts the terms of a resource's uncounted messages if there are many. Whoever changes a message changes its row here, too: it is left out, or the other waits and finds it counted.
create function {count_fresh}(p_resource integer) returns void
language plpgsql as $memory$
declare
    v_lock bigint := hashtextextended({uncounted:text} || p_resource, 0);
    v_threads bigint[];
    v_positions integer[];
    v_hashes integer[];
    v_changes integer[];
begin
    if not exists (select from {uncounted} u where u.resource_key = p_resource offset 127) then
        return;
    end if;
    -- One at a time; the others leave it to that one, unless it is so much that every search would be slower for it until somebody appends again.
    if not pg_try_advisory_xact_lock(v_lock) then
        if not exists (select from {uncounted} u where u.resource_key = p_resource offset 511) then
            return;
        end if;
        perform pg_advisory_xact_lock(v_lock);
    end if;
    with taken as (
        delete from {uncounted} u
        where u.ctid = any (array(select k.ctid from {uncounted} k where k.resource_key = p_resource for update skip locked)) returning u.thread_key, u.position)
    select array_agg(t.thread_key), array_agg(t.position) into v_threads, v_positions from taken t;
    -- Only now that nobody can change them any more.
    select array_agg(c.hash), array_agg(c.count) into v_hashes, v_changes
    from (select (k << 32 >> 32)::integer as hash, count(*)::integer as count
          from unnest(v_threads, v_positions) t (thread_key, position)
              cross join lateral (
                select l.tokens from {messages} l
                where l.thread_key = t.thread_key and l.position between t.position and t.position and l.resource_key = p_resource order by l.position limit 1) m
              cross join unnest(m.tokens) k
          where k > 0 group by 1) c;
    perform {count_terms}(p_resource, v_hashes, v_changes);
end
$memory$;

-- Appends messages of distinct ids to a thread, all or none. outcome: appended, with a row a message; conflict, with a row for each message whose id is taken by
-- other content; no_thread; moved_on, with the thread's last position. Only 'appended' has written anything.
-- p_hashes holds the messages' term hashes one message after another, each ending at its p_hash_ends; p_counts and p_count_ends likewise.
-- Messages are looked up by id one at a time (lateral, limit 1): a join may be planned as a walk over the whole thread while the table has not been analyzed yet.
-- p_vectors has for each vector the message's place in p_vector_owners, and which of its vectors it is in p_chunks; p_model is null when nothing was embedded.
create function {append_messages}(
    p_thread text, p_resource text, p_expected bigint, p_now timestamptz, p_due timestamptz,
    p_ids text[], p_roles text[], p_names text[], p_contents text[], p_metadata text[], p_plain text[], p_created timestamptz[], p_fingerprints uuid[],
    p_lengths integer[], p_hashes integer[], p_hash_ends integer[], p_counts integer[], p_count_ends integer[],
    p_model text, p_dimensions integer, p_vectors {vector_type}[], p_vector_owners integer[], p_chunks smallint[])
returns table (outcome text, ordinal integer, "position" integer, created_at timestamptz, is_duplicate boolean, is_pending boolean)
language plpgsql {settings} as $memory$
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
        from {threads} t join {resources} r on r.key = t.resource_key where t.id = p_thread for no key update of t;
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
        insert into {threads} (resource_key, id, created_at, updated_at, last_position, message_count, version)
        values ({ensure_resource}(p_resource, p_now), p_thread, p_now, p_now, 0, 0, (extract(epoch from p_now) * 1000000)::bigint)
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
        cross join lateral (select k.fingerprint from {messages} k where k.thread_key = v_thread and k.id = x.id and k.resource_key = v_resource limit 1) m;
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
        v_space := case when p_model is not null then {space_for}(p_model, p_dimensions, p_now) end;

        insert into {messages} (
            thread_key, position, resource_key, revision, length, created_at, fingerprint, role, id, tokens, counts, name, metadata, metadata_plain, content)
        select v_thread, v_last + row_number() over (order by x.ordinal), v_resource, 1, x.length, x.created_at, x.fingerprint, x.role, x.id,
            (select array_agg((v_resource::bigint << 32) | (h::bigint & 4294967295)) || -v_thread
             from unnest(p_hashes[coalesce(p_hash_ends[x.ordinal - 1], 0) + 1 : p_hash_ends[x.ordinal]]) h),
            nullif(p_counts[coalesce(p_count_ends[x.ordinal - 1], 0) + 1 : p_count_ends[x.ordinal]], '{}'),
            x.name, x.metadata, x.plain::jsonb, x.content
        from unnest(p_ids, p_roles, p_names, p_contents, p_metadata, p_plain, p_created, p_fingerprints, p_lengths)
            with ordinality x (id, role, name, content, metadata, plain, created_at, fingerprint, length, ordinal)
        where v_known = 0
           or not exists (select from {messages} m where m.thread_key = v_thread and m.id = x.id and m.resource_key = v_resource);
        insert into {uncounted} (resource_key, thread_key, position) select v_resource, v_thread, n from generate_series(v_last + 1, v_last + v_new) n;

        update {threads} t set last_position = v_last + v_new, message_count = t.message_count + v_new, updated_at = greatest(t.updated_at, p_now)
        where t.key = v_thread;

        if v_space is null then
            v_listed := {list_pending}(v_thread, v_resource, v_last + 1, v_last + v_new, p_due, p_now);
        elsif v_known = 0 then
            insert into {vectors} (thread_key, position, resource_key, space_key, chunk, vector)
            select v_thread, v_last + v.owner, v_resource, v_space, v.chunk, v.vector
            from unnest(p_vectors, p_vector_owners, p_chunks) v (vector, owner, chunk);
        else
            insert into {vectors} (thread_key, position, resource_key, space_key, chunk, vector)
            select v_thread, m.position, v_resource, v_space, v.chunk, v.vector
            from unnest(p_vectors, p_vector_owners, p_chunks) v (vector, owner, chunk)
                cross join lateral (select k.position from {messages} k where k.thread_key = v_thread and k.id = p_ids[v.owner] and k.resource_key = v_resource limit 1) m
            where m.position > v_last;
        end if;
        perform {count_fresh}(v_resource);
    end if;

    if v_known = 0 then
        return query select 'appended', n, v_last + n, p_created[n], false, v_listed from generate_series(1, v_new) n;
        return;
    end if;
    return query
    select 'appended', x.ordinal::integer, m.position, m.created_at, m.position <= v_last,
        exists (select from {pending_embeddings} p where p.thread_key = v_thread and p.position = m.position)
    from unnest(p_ids) with ordinality x (id, ordinal)
        cross join lateral (
            select k.position, k.created_at from {messages} k where k.thread_key = v_thread and k.id = x.id and k.resource_key = v_resource limit 1) m
    order by x.ordinal;
end
$memory$;
