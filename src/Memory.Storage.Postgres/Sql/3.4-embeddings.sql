-- As they were, but for how they look a message up: by a range of one position, in its order. With an equal one it may be planned as a walk by ids over the whole thread while the table has
-- not been analyzed yet.

-- Lists the next messages that were there before the current vector space and have no vector of it. Returns whether there may be more.
create or replace function {fill_pending}(p_now timestamptz, p_limit integer) returns boolean
language plpgsql {settings} as $memory$
declare
    v_space {vector_spaces}%rowtype;
    v_threads bigint[];
    v_positions integer[];
    v_resources integer[];
    v_count integer;
begin
    select * into v_space from {vector_spaces} s order by s.key desc limit 1;
    if not found or v_space.is_filled then
        return false;
    end if;
    select * into v_space from {vector_spaces} s where s.key = v_space.key for update;
    select array_agg(m.thread_key), array_agg(m.position), array_agg(m.resource_key) into v_threads, v_positions, v_resources
    from (select m.thread_key, m.position, m.resource_key from {messages} m
          where (m.thread_key, m.position) > (v_space.fill_thread, v_space.fill_position)
          order by m.thread_key, m.position limit p_limit) m;
    v_count := coalesce(cardinality(v_threads), 0);
    insert into {pending_embeddings} (thread_key, position, resource_key, due_at, attempts)
    select m.thread_key, m.position, m.resource_key, p_now, 0
    from unnest(v_threads, v_positions, v_resources) x (thread_key, position, resource_key)
        cross join lateral (
            select k.thread_key, k.position, k.resource_key, k.content is not null as is_live from {messages} k
            where k.thread_key = x.thread_key and k.position between x.position and x.position and k.resource_key = x.resource_key order by k.position limit 1) m
    where m.is_live and not exists (
        select from {vectors} v
        where v.thread_key = m.thread_key and v.position = m.position and v.resource_key = m.resource_key and v.space_key = v_space.key)
    on conflict (thread_key, position) do nothing;
    update {vector_spaces} s set is_filled = v_count < p_limit,
        fill_thread = coalesce(v_threads[v_count], s.fill_thread), fill_position = coalesce(v_positions[v_count], s.fill_position)
    where s.key = v_space.key;
    return v_count = p_limit;
end
$memory$;

-- Takes messages off the list for a while, oldest threads first. Each counts one more attempt.
create or replace function {claim_pending}(p_limit integer, p_now timestamptz, p_until timestamptz)
returns table (
    thread_id text, "position" integer, message_id text, role text, created_at timestamptz, revision integer, fingerprint uuid, name text, content text, attempts integer)
language plpgsql {settings} as $memory$
#variable_conflict use_column
begin
    perform {fill_pending}(p_now, 2000);
    return query
    with taken as (
        update {pending_embeddings} p set due_at = p_until, attempts = p.attempts + 1
        from (select d.thread_key, d.position from {pending_embeddings} d where d.due_at <= p_now
              order by d.thread_key, d.position limit p_limit for no key update skip locked) d
        where p.thread_key = d.thread_key and p.position = d.position
        returning p.thread_key, p.position, p.attempts
    )
    select t.id, m.position, m.id, m.role, m.created_at, m.revision, m.fingerprint, m.name, m.content, k.attempts
    from taken k
        join {threads} t on t.key = k.thread_key
        cross join lateral (
            select * from {messages} l
            where l.thread_key = k.thread_key and l.position between k.position and k.position and l.resource_key = t.resource_key order by l.position limit 1) m
    where m.content is not null
    order by k.thread_key, k.position;
end
$memory$;

-- Replaces the vectors of messages that still are what was embedded, and takes these off the list. Returns how many; null when the current space is another.
create or replace function {store_vectors}(
    p_model text, p_dimensions integer, p_now timestamptz, p_threads text[], p_positions integer[], p_revisions integer[], p_fingerprints uuid[],
    p_vectors {vector_type}[], p_vector_owners integer[], p_chunks smallint[])
returns integer
language plpgsql {settings} as $memory$
declare
    v_space integer := {space_for}(p_model, p_dimensions, p_now);
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
                    cross join lateral (select k.key, k.resource_key from {threads} k where k.id = x.thread_id limit 1) t
                order by t.key, x.position) x
              cross join lateral (
                select k.thread_key, k.position, k.resource_key from {messages} k
                where k.thread_key = x.key and k.position between x.position and x.position and k.resource_key = x.resource_key
                  and k.revision = x.revision and k.fingerprint = x.fingerprint and k.content is not null
                order by k.position limit 1 for no key update) m) s;
    delete from {vectors} v using unnest(v_threads, v_positions, v_resources) s (thread_key, position, resource_key)
    where v.thread_key = s.thread_key and v.position = s.position and v.resource_key = s.resource_key;
    insert into {vectors} (thread_key, position, resource_key, space_key, chunk, vector)
    select s.thread_key, s.position, s.resource_key, v_space, x.chunk, x.vector
    from unnest(p_vectors, p_vector_owners, p_chunks) x (vector, owner, chunk)
        join unnest(v_threads, v_positions, v_resources, v_ordinals) s (thread_key, position, resource_key, ordinal) on s.ordinal = x.owner;
    delete from {pending_embeddings} p using unnest(v_threads, v_positions) s (thread_key, position) where p.thread_key = s.thread_key and p.position = s.position;
    return coalesce(cardinality(v_ordinals), 0);
end
$memory$;
