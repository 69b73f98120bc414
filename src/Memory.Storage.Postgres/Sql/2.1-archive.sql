-- Writes a piece of a thread that is stored elsewhere, with its positions, times and revisions; the thread is made if need be. All or nothing: taken, the thread is another resource's;
-- conflicts, the positions in whose way something stands. Otherwise written says how many messages were not there, and pending how many of these await their vectors.
-- Arrays are those of append_messages. p_positions ascends; p_model is null when no vectors came.
create function {write_piece}(
    p_thread text, p_resource text, p_title text, p_thread_metadata text, p_thread_created timestamptz, p_thread_updated timestamptz, p_last integer, p_version bigint,
    p_is_last boolean, p_now timestamptz, p_due timestamptz, p_positions integer[], p_revisions integer[],
    p_ids text[], p_roles text[], p_names text[], p_contents text[], p_metadata text[], p_plain text[], p_created timestamptz[], p_fingerprints uuid[],
    p_lengths integer[], p_hashes integer[], p_hash_ends integer[], p_counts integer[], p_count_ends integer[],
    p_model text, p_dimensions integer, p_vectors {vector_type}[], p_vector_owners integer[], p_chunks smallint[])
returns table (is_taken boolean, conflicts integer[], written integer, pending integer)
language plpgsql {settings} as $memory$
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
        from {threads} t join {resources} r on r.key = t.resource_key where t.id = p_thread for no key update of t;
        exit when found;
        v_made := true;
        insert into {threads} (resource_key, id, created_at, updated_at, last_position, message_count, version, title, metadata)
        values ({ensure_resource}(p_resource, p_now), p_thread, p_thread_created, p_thread_created, 0, 0, p_version, p_title, p_thread_metadata)
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
            from {messages} k where v_last > 0 and k.thread_key = v_thread and k.id = x.id and k.resource_key = v_resource limit 1) i on true
        left join lateral (
            select k.position from {messages} k
            where x.position <= v_last and k.thread_key = v_thread and k.position >= x.position and k.resource_key = v_resource order by k.position limit 1) p on true;
    if v_conflicts is not null then
        return query select false, v_conflicts, 0, 0;
        return;
    end if;

    if greatest(v_greatest, case when p_is_last then p_last end) > 268435455 then
        raise exception 'A thread holds at most 268435455 positions.' using errcode = 'program_limit_exceeded';
    end if;
    if v_written > 0 then
        v_space := case when p_model is not null then {space_for}(p_model, p_dimensions, p_now) end;

        insert into {messages} (
            thread_key, position, resource_key, revision, length, created_at, fingerprint, role, id, tokens, counts, name, metadata, metadata_plain, content)
        select v_thread, x.position, v_resource, x.revision, x.length, x.created_at, x.fingerprint, x.role, x.id,
            (select array_agg((v_resource::bigint << 32) | (h::bigint & 4294967295)) || -v_thread
             from unnest(p_hashes[coalesce(p_hash_ends[x.ordinal - 1], 0) + 1 : p_hash_ends[x.ordinal]]) h),
            nullif(p_counts[coalesce(p_count_ends[x.ordinal - 1], 0) + 1 : p_count_ends[x.ordinal]], '{}'),
            x.name, x.metadata, x.plain::jsonb, x.content
        from unnest(p_positions, p_revisions, p_ids, p_roles, p_names, p_contents, p_metadata, p_plain, p_created, p_fingerprints, p_lengths)
            with ordinality x (position, revision, id, role, name, content, metadata, plain, created_at, fingerprint, length, ordinal)
        where v_is_new[x.ordinal];
        insert into {uncounted} (resource_key, thread_key, position)
        select v_resource, v_thread, x.position from unnest(p_positions, v_is_new) x (position, is_new) where x.is_new;

        if v_space is not null then
            insert into {vectors} (thread_key, position, resource_key, space_key, chunk, vector)
            select v_thread, p_positions[v.owner], v_resource, v_space, v.chunk, v.vector
            from unnest(p_vectors, p_vector_owners, p_chunks) v (vector, owner, chunk) where v_is_new[v.owner];
        end if;

        select array_agg(p_positions[w.n]) into v_waiting
        from (select n from generate_series(1, cardinality(p_ids)) n where v_is_new[n]
              except select o from unnest(p_vector_owners) o where v_space is not null) w;
        -- Without positions it lists nothing, but says whether the list is kept, and sees to it that this stays so.
        if v_waiting is not null and {list_pending}(v_thread, v_resource, 1, 0, p_due, p_now) then
            insert into {pending_embeddings} (thread_key, position, resource_key, due_at, attempts)
            select v_thread, n, v_resource, coalesce(p_due, p_now), 0 from unnest(v_waiting) n
            on conflict (thread_key, position) do nothing;
        else
            v_waiting := null;
        end if;
        perform {count_fresh}(v_resource);
    end if;

    update {threads} t set last_position = greatest(t.last_position, v_greatest, case when p_is_last then p_last end), message_count = t.message_count + v_written,
        updated_at = case when p_is_last then greatest(t.updated_at, p_thread_updated) else t.updated_at end,
        title = case when p_version > t.version then p_title else t.title end,
        metadata = case when p_version > t.version then p_thread_metadata else t.metadata end,
        version = greatest(t.version, p_version)
    where t.key = v_thread;
    return query select false, '{}'::integer[], v_written, coalesce(cardinality(v_waiting), 0);
end
$memory$;
