-- Whoever changes a thread or its messages locks the thread's row first, so that nobody waits for somebody who waits for them.

-- Replaces a message that is still at the revision that was read. A changed text takes its vectors along, and brings new ones or is listed for them.
create function {replace_message}(
    p_thread text, p_id text, p_revision integer, p_now timestamptz, p_role text, p_name text, p_content text, p_metadata text, p_plain text,
    p_length integer, p_hashes integer[], p_counts integer[], p_is_same_text boolean, p_due timestamptz,
    p_model text, p_dimensions integer, p_vectors {vector_type}[], p_chunks smallint[])
returns table (is_replaced boolean, is_pending boolean)
language plpgsql {settings} as $memory$
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
    select t.key, t.resource_key into v_thread, v_resource from {threads} t where t.id = p_thread for no key update;
    select m.position, m.tokens into v_position, v_before from {messages} m where m.thread_key = v_thread and m.id = p_id and m.resource_key = v_resource limit 1;
    -- A change, and not a lock alone: whoever counts it at the same moment in a transaction that has seen the old text has to fail.
    update {uncounted} u set position = u.position where u.resource_key = v_resource and u.thread_key = v_thread and u.position = v_position;
    v_is_counted := not found;
    update {messages} m set role = p_role, name = p_name, content = p_content, metadata = p_metadata, metadata_plain = p_plain::jsonb, revision = m.revision + 1,
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
        perform {count_terms}(v_resource, v_hashes, v_changes);
    end if;

    update {threads} t set updated_at = greatest(t.updated_at, p_now) where t.key = v_thread;
    if not p_is_same_text then
        delete from {vectors} v where v.thread_key = v_thread and v.position = v_position and v.resource_key = v_resource;
        delete from {pending_embeddings} p where p.thread_key = v_thread and p.position = v_position;
        v_space := case when p_model is not null then {space_for}(p_model, p_dimensions, p_now) end;
        if v_space is null then
            perform {list_pending}(v_thread, v_resource, v_position, v_position, p_due, p_now);
        else
            insert into {vectors} (thread_key, position, resource_key, space_key, chunk, vector)
            select v_thread, v_position, v_resource, v_space, x.chunk, x.vector from unnest(p_vectors, p_chunks) x (vector, chunk);
        end if;
    end if;
    return query select true, exists (select from {pending_embeddings} p where p.thread_key = v_thread and p.position = v_position);
end
$memory$;

-- Removes a message everywhere; what stays is its id.
create function {delete_message}(p_thread text, p_id text, p_now timestamptz) returns boolean
language plpgsql {settings} as $memory$
declare
    v_thread bigint;
    v_resource integer;
    v_position integer;
    v_before bigint[];
begin
    select t.key, t.resource_key into v_thread, v_resource from {threads} t where t.id = p_thread for no key update;
    select m.tokens into v_before from {messages} m where m.thread_key = v_thread and m.id = p_id and m.resource_key = v_resource limit 1;
    update {messages} m set name = null, content = null, metadata = null, metadata_plain = null, length = 0, tokens = null, counts = null
    where m.thread_key = v_thread and m.id = p_id and m.resource_key = v_resource and m.content is not null
    returning m.position into v_position;
    if v_position is null then
        return false;
    end if;
    delete from {uncounted} u where u.resource_key = v_resource and u.thread_key = v_thread and u.position = v_position;
    if not found then
        perform {count_terms}(v_resource, array_agg((k << 32 >> 32)::integer), array_agg(-1)) from unnest(v_before) k where k > 0;
    end if;
    delete from {vectors} v where v.thread_key = v_thread and v.position = v_position and v.resource_key = v_resource;
    delete from {pending_embeddings} p where p.thread_key = v_thread and p.position = v_position;
    update {threads} t set message_count = t.message_count - 1, updated_at = greatest(t.updated_at, p_now) where t.key = v_thread;
    return true;
end
$memory$;

-- Removes a thread with everything in it, if it is at a version or p_version is null.
create function {delete_thread}(p_thread text, p_version bigint) returns boolean
language plpgsql {settings} as $memory$
declare
    v_thread bigint;
    v_resource integer;
    v_hashes integer[];
    v_changes integer[];
begin
    select t.key, t.resource_key into v_thread, v_resource from {threads} t where t.id = p_thread and (p_version is null or t.version = p_version) for update;
    if not found then
        return false;
    end if;
    with fresh as (
        delete from {uncounted} u where u.resource_key = v_resource and u.thread_key = v_thread returning u.position),
    removed as (
        delete from {messages} m where m.thread_key = v_thread and m.resource_key = v_resource returning m.position, m.tokens)
    select array_agg(c.hash), array_agg(c.change) into v_hashes, v_changes
    from (select (k << 32 >> 32)::integer as hash, -count(*)::integer as change
          from removed r cross join unnest(r.tokens) k where k > 0 and not exists (select from fresh f where f.position = r.position) group by 1) c;
    perform {count_terms}(v_resource, v_hashes, v_changes);
    delete from {vectors} v where v.thread_key = v_thread and v.resource_key = v_resource;
    delete from {pending_embeddings} p where p.thread_key = v_thread;
    delete from {working_memory} w where w.is_thread and w.owner_key = v_thread;
    delete from {threads} t where t.key = v_thread;
    return true;
end
$memory$;

-- Copies a thread, up to a position or whole, for its own resource or another. outcome: cloned, no_thread, or exists; only 'cloned' has written anything.
create function {clone_thread}(p_source text, p_id text, p_resource text, p_up_to bigint, p_now timestamptz) returns text
language plpgsql {settings} as $memory$
declare
    v_source {threads}%rowtype;
    v_resource integer;
    v_target bigint;
    v_last integer;
    v_count integer;
    v_space integer := (select max(s.key) from {vector_spaces} s);
begin
    select * into v_source from {threads} t where t.id = p_source for no key update;
    if not found then
        return 'no_thread';
    end if;
    v_resource := case when p_resource is null then v_source.resource_key else {ensure_resource}(p_resource, p_now) end;
    v_last := least(p_up_to, v_source.last_position);
    insert into {threads} (resource_key, id, created_at, updated_at, last_position, message_count, version, title, metadata)
    values (v_resource, p_id, p_now, p_now, v_last, 0, (extract(epoch from p_now) * 1000000)::bigint, v_source.title, v_source.metadata)
    on conflict (id) do nothing returning key into v_target;
    if v_target is null then
        raise exception 'The id is taken.' using errcode = 'MM409'; -- and not a resource made for nothing
    end if;

    with added as (
        insert into {messages} (
            thread_key, position, resource_key, revision, length, created_at, fingerprint, role, id, tokens, counts, name, metadata, metadata_plain, content)
        select v_target, m.position, v_resource, m.revision, m.length, m.created_at, m.fingerprint, m.role, m.id,
            (select array_agg(case when k > 0 then (v_resource::bigint << 32) | (k & 4294967295) else -v_target end order by n) from unnest(m.tokens) with ordinality x (k, n)),
            m.counts, m.name, m.metadata, m.metadata_plain, m.content
        from {messages} m
        where m.thread_key = v_source.key and m.resource_key = v_source.resource_key and m.position <= v_last and m.content is not null
        returning position)
    insert into {uncounted} (resource_key, thread_key, position) select v_resource, v_target, a.position from added a;
    get diagnostics v_count = row_count;
    perform {count_fresh}(v_resource);
    update {threads} t set message_count = v_count where t.key = v_target;

    insert into {vectors} (thread_key, position, resource_key, space_key, chunk, vector)
    select v_target, v.position, v_resource, v.space_key, v.chunk, v.vector
    from {vectors} v where v.thread_key = v_source.key and v.resource_key = v_source.resource_key and v.position <= v_last and v.space_key = v_space;
    insert into {pending_embeddings} (thread_key, position, resource_key, due_at, attempts)
    select v_target, p.position, v_resource, p_now, 0 from {pending_embeddings} p where p.thread_key = v_source.key and p.position <= v_last;
    insert into {working_memory} (is_thread, owner_key, is_json, version, updated_at, document)
    select true, v_target, w.is_json, w.version, w.updated_at, w.document from {working_memory} w where w.is_thread and w.owner_key = v_source.key;
    return 'cloned';
end
$memory$;
