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
begin
    select t.key, t.resource_key into v_thread, v_resource from {threads} t where t.id = p_thread for no key update;
    update {messages} m set role = p_role, name = p_name, content = p_content, metadata = p_metadata, metadata_plain = p_plain::jsonb, revision = m.revision + 1,
        length = p_length, tokens = (select array_agg((v_resource::bigint << 32) | (h::bigint & 4294967295)) from unnest(p_hashes) h), counts = nullif(p_counts, '{}')
    where m.thread_key = v_thread and m.id = p_id and m.resource_key = v_resource and m.revision = p_revision and m.content is not null
    returning m.position into v_position;
    if v_position is null then
        return query select false, false;
        return;
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
begin
    select t.key, t.resource_key into v_thread, v_resource from {threads} t where t.id = p_thread for no key update;
    update {messages} m set name = null, content = null, metadata = null, metadata_plain = null, length = 0, tokens = null, counts = null
    where m.thread_key = v_thread and m.id = p_id and m.resource_key = v_resource and m.content is not null
    returning m.position into v_position;
    if v_position is null then
        return false;
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
begin
    select t.key, t.resource_key into v_thread, v_resource from {threads} t where t.id = p_thread and (p_version is null or t.version = p_version) for update;
    if not found then
        return false;
    end if;
    delete from {messages} m where m.thread_key = v_thread and m.resource_key = v_resource;
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

    insert into {messages} (
        thread_key, position, resource_key, revision, length, created_at, fingerprint, role, id, tokens, counts, name, metadata, metadata_plain, content)
    select v_target, m.position, v_resource, m.revision, m.length, m.created_at, m.fingerprint, m.role, m.id,
        case when v_resource = m.resource_key then m.tokens else (select array_agg((v_resource::bigint << 32) | (k & 4294967295)) from unnest(m.tokens) k) end,
        m.counts, m.name, m.metadata, m.metadata_plain, m.content
    from {messages} m
    where m.thread_key = v_source.key and m.resource_key = v_source.resource_key and m.position <= v_last and m.content is not null;
    get diagnostics v_count = row_count;
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

-- Removes a step's worth of a resource. Returns what was removed; no row when nothing is left but what hangs on the resource itself.
create function {erase_step}(p_resource text, p_limit integer) returns table (threads integer, messages integer, documents integer)
language plpgsql {settings} as $memory$
#variable_conflict use_column
declare
    v_thread bigint;
    v_resource integer;
    v_id text;
    v_removed integer;
    v_messages integer;
    v_documents integer;
begin
    select t.key, t.resource_key, t.id into v_thread, v_resource, v_id
    from {threads} t join {resources} r on r.key = t.resource_key where r.id = p_resource order by t.created_at, t.id limit 1 for update of t;
    if not found then
        return;
    end if;
    with batch as (
        select m.thread_key, m.position, m.resource_key from {messages} m where m.thread_key = v_thread and m.resource_key = v_resource order by m.position limit p_limit),
    removed as (
        delete from {messages} m using batch s
        where m.thread_key = s.thread_key and m.position = s.position and m.resource_key = s.resource_key returning m.position, m.content is not null as was_there),
    gone as (
        delete from {vectors} v using batch s where v.thread_key = s.thread_key and v.position = s.position and v.resource_key = s.resource_key),
    unlisted as (
        delete from {pending_embeddings} p using batch s where p.thread_key = s.thread_key and p.position = s.position)
    select count(*), count(*) filter (where r.was_there) into v_removed, v_messages from removed r;
    if v_removed = p_limit then
        update {threads} t set message_count = t.message_count - v_messages where t.key = v_thread;
        return query select 0, v_messages, 0;
        return;
    end if;
    select count(*) into v_documents from {working_memory} w where w.is_thread and w.owner_key = v_thread;
    perform {delete_thread}(v_id, null);
    return query select 1, v_messages, v_documents;
end
$memory$;

-- Removes what hangs on a resource itself, and looks for leftovers; with threads appended to meanwhile it removes nothing and counts these.
create function {finish_erasure}(p_resource text) returns table (documents integer, operations integer, leftovers bigint)
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
    delete from {resources} r where r.key = v_resource;
    -- Messages go in the transaction that removes their thread, and have no index by resource to look for them.
    return query select v_documents, v_operations,
        (select count(*) from {vectors} v where v.resource_key = v_resource) + (select count(*) from {pending_embeddings} p where p.resource_key = v_resource);
end
$memory$;
