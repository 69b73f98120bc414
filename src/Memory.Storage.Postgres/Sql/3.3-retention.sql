-- Notes that a resource is erased at a time, and removes notes that are older than another. Whoever appends what was accepted before holds the lock shared until it is stored: that is there
-- when the erasure begins, and what comes later finds the note.
create function {note_erasure}(p_mark text, p_now timestamptz, p_forgotten timestamptz) returns void
language plpgsql {settings} as $memory$
begin
    perform pg_advisory_xact_lock(hashtextextended({erasures:text} || p_mark, 0));
    insert into {erasures} as e (mark, erased_at) values (p_mark, p_now) on conflict (mark) do update set erased_at = greatest(e.erased_at, excluded.erased_at);
    -- Not those that somebody else is removing or renewing right now.
    delete from {erasures} e using (select k.mark from {erasures} k where k.erased_at < p_forgotten for update skip locked) old where e.mark = old.mark;
end
$memory$;

-- Appends as append_messages does, unless the resource was erased when this had been accepted already. outcome: as there, or erased, when nothing was written.
create function {append_accepted}(
    p_accepted timestamptz, p_mark text,
    p_thread text, p_resource text, p_expected bigint, p_now timestamptz, p_due timestamptz,
    p_ids text[], p_roles text[], p_names text[], p_contents text[], p_metadata text[], p_plain text[], p_created timestamptz[], p_fingerprints uuid[],
    p_lengths integer[], p_hashes integer[], p_hash_ends integer[], p_counts integer[], p_count_ends integer[],
    p_model text, p_dimensions integer, p_vectors {vector_type}[], p_vector_owners integer[], p_chunks smallint[])
returns table (outcome text, ordinal integer, "position" integer, created_at timestamptz, is_duplicate boolean, is_pending boolean)
language plpgsql {settings} as $memory$
#variable_conflict use_column
begin
    perform pg_advisory_xact_lock_shared(hashtextextended({erasures:text} || p_mark, 0));
    if exists (select from {erasures} e where e.mark = p_mark and e.erased_at >= p_accepted) then
        return query select 'erased', 0, 0, null::timestamptz, false, false;
        return;
    end if;
    return query select * from {append_messages}(
        p_thread, p_resource, p_expected, p_now, p_due, p_ids, p_roles, p_names, p_contents, p_metadata, p_plain, p_created, p_fingerprints,
        p_lengths, p_hashes, p_hash_ends, p_counts, p_count_ends, p_model, p_dimensions, p_vectors, p_vector_owners, p_chunks);
end
$memory$;

-- Removes a step's worth of a resource, with the operations that name no resource and work on the thread. Returns what was removed, and what is left of a thread that was;
-- no row when nothing is left but what hangs on the resource itself.
create function {erase_part}(p_resource text, p_limit integer) returns table (threads integer, messages integer, documents integer, operations integer, leftovers bigint)
language plpgsql {settings} as $memory$
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
    from {threads} t join {resources} r on r.key = t.resource_key where r.id = p_resource order by t.created_at, t.id limit 1 for update of t;
    if not found then
        return;
    end if;
    -- With its thread gone nobody could tell any more whose it was.
    delete from {operations} o where o.resource_id is null and o.thread_id = v_id;
    get diagnostics v_operations = row_count;
    with batch as (
        select m.thread_key, m.position, m.resource_key from {messages} m where m.thread_key = v_thread and m.resource_key = v_resource order by m.position limit p_limit),
    removed as (
        delete from {messages} m using batch s
        where m.thread_key = s.thread_key and m.position = s.position and m.resource_key = s.resource_key returning m.position, m.tokens, m.content is not null as was_there),
    fresh as (
        delete from {uncounted} u using batch s where u.resource_key = s.resource_key and u.thread_key = s.thread_key and u.position = s.position returning u.position),
    gone as (
        delete from {vectors} v using batch s where v.thread_key = s.thread_key and v.position = s.position and v.resource_key = s.resource_key),
    unlisted as (
        delete from {pending_embeddings} p using batch s where p.thread_key = s.thread_key and p.position = s.position)
    select (select count(*) from removed), (select count(*) from removed r where r.was_there), array_agg(c.hash), array_agg(c.change) into v_removed, v_messages, v_hashes, v_changes
    from (select (k << 32 >> 32)::integer as hash, -count(*)::integer as change
          from removed r cross join unnest(r.tokens) k where k > 0 and not exists (select from fresh f where f.position = r.position) group by 1) c;
    perform {count_terms}(v_resource, v_hashes, v_changes);
    if v_removed = p_limit then
        update {threads} t set message_count = t.message_count - v_messages where t.key = v_thread;
        return query select 0, v_messages, 0, v_operations, 0::bigint;
        return;
    end if;
    select count(*) into v_documents from {working_memory} w where w.is_thread and w.owner_key = v_thread;
    perform {delete_thread}(v_id, null);
    return query select 1, v_messages, v_documents, v_operations,
        (select count(*) from {messages} m where m.thread_key = v_thread and m.resource_key = v_resource)
        + (select count(*) from {vectors} v where v.thread_key = v_thread and v.resource_key = v_resource)
        + (select count(*) from {uncounted} u where u.resource_key = v_resource and u.thread_key = v_thread)
        + (select count(*) from {pending_embeddings} p where p.thread_key = v_thread)
        + (select count(*) from {working_memory} w where w.is_thread and w.owner_key = v_thread);
end
$memory$;

-- Removes what hangs on a resource itself, and looks for leftovers; with threads appended to meanwhile it removes nothing and counts these.
create function {end_erasure}(p_resource text) returns table (documents integer, operations integer, leftovers bigint)
language plpgsql {settings} as $memory$
#variable_conflict use_column
declare
    v_resource integer;
    v_threads bigint;
    v_documents integer;
    v_operations integer;
begin
    select r.key into v_resource from {resources} r where r.id = p_resource for update;
    select count(*) into v_threads from {threads} t where t.resource_key = v_resource;
    if v_threads > 0 then
        return query select 0, 0, v_threads;
        return;
    end if;
    delete from {working_memory} w where not w.is_thread and w.owner_key = v_resource;
    get diagnostics v_documents = row_count;
    delete from {operations} o where o.resource_id = p_resource;
    get diagnostics v_operations = row_count;
    delete from {term_counts} c where c.resource_key = v_resource;
    delete from {uncounted} u where u.resource_key = v_resource;
    delete from {resources} r where r.key = v_resource;
    return query select v_documents, v_operations,
        (select count(*) from {resources} r where r.id = p_resource)
        + (select count(*) from {threads} t where t.resource_key = v_resource)
        + (select count(*) from {term_counts} c where c.resource_key = v_resource)
        + (select count(*) from {uncounted} u where u.resource_key = v_resource)
        + (select count(*) from {vectors} v where v.resource_key = v_resource)
        + (select count(*) from {pending_embeddings} p where p.resource_key = v_resource)
        + (select count(*) from {working_memory} w where not w.is_thread and w.owner_key = v_resource)
        + (select count(*) from {operations} o where o.resource_id = p_resource);
end
$memory$;

-- The next threads whose own time to live is over: by the time when it was, then by key.
create function {own_expired}(p_now timestamptz, p_limit integer, p_due timestamptz, p_key bigint)
returns table (thread_id text, resource_id text, updated_at timestamptz, due timestamptz, key bigint)
language sql stable {settings} as $memory$
    select t.id, r.id, t.updated_at, (t.updated_at at time zone 'UTC' + t.time_to_live * interval '1 second') at time zone 'UTC', t.key
    from {threads} t join {resources} r on r.key = t.resource_key
    where t.time_to_live is not null
      and (t.updated_at at time zone 'UTC' + t.time_to_live * interval '1 second', t.key) > (p_due at time zone 'UTC', p_key)
      and t.updated_at at time zone 'UTC' + t.time_to_live * interval '1 second' <= p_now at time zone 'UTC'
    order by t.updated_at at time zone 'UTC' + t.time_to_live * interval '1 second', t.key limit p_limit
$memory$;

-- The next threads that have not changed since a time, from a place among a resource's threads on and then resource by resource; those with a time to live of their own are among them, so that
-- what is looked at stays bounded. When all threads of so many resources have been looked at, the last row has no thread and names the resource to go on with, if there is one.
create function {idle_threads}(p_since timestamptz, p_limit integer, p_resources integer, p_resource integer, p_time timestamptz, p_id text)
returns table (resource_key integer, resource_id text, thread_id text, updated_at timestamptz, is_own boolean)
language plpgsql stable {settings} as $memory$
#variable_conflict use_column
declare
    v_resource record;
    v_last integer;
    v_left integer := p_limit;
    v_found integer;
begin
    for v_resource in select r.key, r.id from {resources} r where r.key >= p_resource order by r.key limit p_resources loop
        return query
        select v_resource.key, v_resource.id, t.id, t.updated_at, t.time_to_live is not null from {threads} t
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
    return query select r.key, null::text, null::text, null::timestamptz, false from {resources} r where r.key > v_last order by r.key limit 1;
end
$memory$;
