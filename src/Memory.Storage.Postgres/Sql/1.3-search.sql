-- Whether a message's metadata meets every condition: {"key", "any": [values] or absent, "bounds": [{"above", "inclusive", "limit"}]}.
-- Bounds compare numbers with numbers and strings, by code point, with strings. In plpgsql, so that it is not spelt out in every statement that may need it.
create function {matches_metadata}(p_metadata text, p_plain jsonb, p_conditions jsonb) returns boolean
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
create function {message_context}(
    p_thread bigint, p_position integer, p_resource integer, p_excluded integer[],
    p_roles text[], p_from timestamptz, p_to timestamptz, p_conditions jsonb)
returns table (is_admitted boolean, created_at timestamptz, length float8)
language sql stable as $memory$
    select
        coalesce(bool_or(m.position = p_position and m.content is not null
            and (p_roles is null or m.role = any (p_roles)) and (p_from is null or m.created_at >= p_from) and (p_to is null or m.created_at <= p_to)
            and (p_conditions is null or {matches_metadata}(m.metadata, m.metadata_plain, p_conditions))), false),
        max(m.created_at) filter (where m.position = p_position),
        sum(m.length * case m.position - p_position when 0 then 10 when -1 then 7 when 1 then 4 when -2 then 4 else 2 end)::float8
    from {messages} m
    where m.thread_key = p_thread and m.position between p_position - 3 and p_position + 2 and m.resource_key = p_resource
      and (p_excluded is null or m.position <> all (p_excluded))
$memory$;

-- The messages that hold a term: in a thread, those that its token finds together with the thread's own. Nothing else is asked for where that is not needed to find the partition: another
-- index might seem good enough.
create function {term_holders}(p_token bigint, p_resource integer, p_thread bigint, p_whole boolean, p_excluded integer[])
returns table (key bigint, count integer, length integer)
language sql stable as $memory$
    select (m.thread_key << 28) | m.position, coalesce(m.counts[array_position(m.tokens, p_token)], 1), m.length from {messages} m
    where m.tokens @> case when p_whole then array[p_token] else array[p_token, -p_thread] end{of_resource}
      and (p_excluded is null or m.thread_key <> p_thread or m.position <> all (p_excluded))
    offset 0 -- so that the count is worked out once a row
$memory$;

-- Finds the messages of a resource, or of one of its threads, that bear on a question, and reads them with their neighbours and the thread's last messages.
-- The first row speaks of the search as a whole; each other row is a message, and a hit when it has a number. No row: there is no such thread, or it is another resource's.
-- Words are ranked as Core's index ranks them, and both signals are fused as there; the arithmetic of counts and lengths is in tenths, so that it is exact.
-- p_near_…: what an index of vectors elsewhere found nearest to the question; null when the vectors are here.
create function {search_messages}(
    p_thread text, p_resource text, p_whole boolean, p_hashes integer[],
    p_model text, p_dimensions integer, p_query {vector_type}, p_lexical float8, p_dense float8,
    p_counts_pending boolean, p_top integer, p_least float8,
    p_roles text[], p_from timestamptz, p_to timestamptz, p_conditions jsonb, p_excluded integer[],
    p_last integer, p_before integer, p_after integer,
    p_near_threads text[] default null, p_near_ids text[] default null, p_near_revisions integer[] default null, p_near_fingerprints uuid[] default null,
    p_near_cosines float8[] default null)
returns table (
    resource_id text, pending bigint, stored_model text, stored_dimensions integer,
    thread_id text, "position" integer, id text, role text, name text, content text, metadata text, created_at timestamptz,
    hit integer, score float8, lexical float8, lexical_rank integer, cosine float8, dense_rank integer)
language plpgsql stable {settings} as $memory$
#variable_conflict use_column
declare
    v_thread bigint;
    v_resource integer;
    v_owner text;
    v_size bigint;
    v_space {vector_spaces}%rowtype;
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
        from {threads} t join {resources} r on r.key = t.resource_key where t.id = p_thread and (p_resource is null or r.id = p_resource);
        if not found then
            return;
        end if;
    else
        select r.key, r.id, r.indexed_space into v_resource, v_owner, v_indexed from {resources} r where r.id = p_resource;
        if not found then
            return query select p_resource, 0::bigint, null::text, null::integer, null::text, null::integer, null::text, null::text, null::text, null::text, null::text,
                null::timestamptz, null::integer, null::float8, null::float8, null::integer, null::float8, null::integer;
            return;
        end if;
    end if;

    select * into v_space from {vector_spaces} s order by s.key desc limit 1;

    if cardinality(p_hashes) > 0 or p_whole then
        select coalesce(sum(t.message_count), 0) into v_total from {threads} t where t.resource_key = v_resource;
    end if;
    if p_counts_pending then
        if v_space.key is null and p_whole then
            v_pending := v_total;
        elsif v_space.key is null then
            select t.message_count into v_pending from {threads} t where t.key = v_thread;
        else
            select count(*) into v_pending from {pending_embeddings} p where p.resource_key = v_resource and (p_whole or p.thread_key = v_thread);
            if not v_space.is_filled then
                v_pending := v_pending + (
                    select count(*) from {messages} m
                    where (m.thread_key, m.position) > (v_space.fill_thread, v_space.fill_position) and m.resource_key = v_resource and (p_whole or m.thread_key = v_thread)
                      and m.content is not null
                      and not exists (select from {vectors} v where v.thread_key = m.thread_key and v.position = m.position and v.resource_key = m.resource_key and v.space_key = v_space.key)
                      and not exists (select from {pending_embeddings} p where p.thread_key = m.thread_key and p.position = m.position));
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
                        cross join lateral (select k.key from {threads} k where k.id = n.thread_id and k.resource_key = v_resource limit 1) t
                        cross join lateral (select * from {messages} k where k.thread_key = t.key and k.id = n.id and k.resource_key = v_resource limit 1) m
                    where (p_whole or m.thread_key = v_thread) and m.revision = n.revision and m.fingerprint = n.fingerprint and m.content is not null
                      and (v_excluded is null or m.thread_key <> v_thread or m.position <> all (v_excluded))
                      and (p_roles is null or m.role = any (p_roles)) and (p_from is null or m.created_at >= p_from) and (p_to is null or m.created_at <= p_to)
                      and (p_conditions is null or {matches_metadata}(m.metadata, m.metadata_plain, p_conditions))
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
                    {vectors:text}, v_resource, v_space.key, {messages:text}, {matches_metadata:text}, {binary_quantize:text}, v_space.dimensions)
                into v_rows, v_keys, v_cosines, v_distinct, v_is_chunked
                using p_query, coalesce(v_thread, 0), coalesce(v_excluded, '{}'), v_filtered, p_roles, p_from, p_to, p_conditions, v_limit, v_signs;
            elsif p_whole then
                with nearest as (
                    select v.thread_key << 28 | v.position as key, v.vector <#> p_query as distance, v.chunk from {vectors} v
                    where v.resource_key = v_resource and v.space_key = v_space.key and v.vector is not null
                      and (v_excluded is null or v.thread_key <> v_thread or v.position <> all (v_excluded))
                      and (not v_filtered or exists (
                        select from {messages} m where m.thread_key = v.thread_key and m.position = v.position and m.resource_key = v.resource_key
                          and (p_roles is null or m.role = any (p_roles)) and (p_from is null or m.created_at >= p_from) and (p_to is null or m.created_at <= p_to)
                          and (p_conditions is null or {matches_metadata}(m.metadata, m.metadata_plain, p_conditions))))
                    order by distance, key limit v_limit)
                select count(*), array_agg(n.key order by n.distance, n.key), array_agg(-n.distance order by n.distance, n.key), count(distinct n.distance), bool_or(n.chunk > 0)
                into v_rows, v_keys, v_cosines, v_distinct, v_is_chunked from nearest n;
            else
                with nearest as (
                    select v.thread_key << 28 | v.position as key, v.vector <#> p_query as distance, v.chunk from {vectors} v
                    where v.thread_key = v_thread and v.resource_key = v_resource and v.space_key = v_space.key and v.vector is not null
                      and (v_excluded is null or v.position <> all (v_excluded))
                      and (not v_filtered or exists (
                        select from {messages} m where m.thread_key = v.thread_key and m.position = v.position and m.resource_key = v.resource_key
                          and (p_roles is null or m.role = any (p_roles)) and (p_from is null or m.created_at >= p_from) and (p_to is null or m.created_at <= p_to)
                          and (p_conditions is null or {matches_metadata}(m.metadata, m.metadata_plain, p_conditions))))
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
                select k.created_at from {messages} k
                where k.thread_key = d.key >> 28 and k.position = (d.key & 268435455)::integer and k.resource_key = v_resource limit 1) m;
            v_keys := coalesce(v_keys, '{}');
        end if;
    end if;

    if cardinality(p_hashes) > 0 or cardinality(v_keys) > 0 then
        v_total := coalesce(v_total, 0);
        if v_excluded is not null then
            v_total := v_total - (
                select count(*) from {messages} m where m.thread_key = v_thread and m.position = any (v_excluded) and m.resource_key = v_resource and m.content is not null);
        end if;

        -- How many messages of the whole resource hold a term weighs it: so many are counted, and among those that are not each is looked at.
        with fresh as materialized (
            select m.tokens from {uncounted} u cross join lateral (
                select k.tokens from {messages} k where k.thread_key = u.thread_key and k.position between u.position and u.position and k.resource_key = v_resource order by k.position limit 1) m
            where u.resource_key = v_resource and cardinality(p_hashes) > 0
        )
        select coalesce(array_agg(w.token order by w.i), '{}'), coalesce(array_agg(w.weight order by w.i), '{}'), coalesce(sum(w.weight order by w.i), 0)
        into v_tokens, v_weights, v_by_words
        from (
            select h.i, h.token, ln(1 + (v_total - h.found + 0.5::float8) / (h.found + 0.5::float8)) * 2.2::float8 as weight
            from (
                select t.i, t.token, coalesce((select c.count from {term_counts} c where c.resource_key = v_resource and c.hash = t.hash), 0)
                    + (select count(*) from fresh f where t.token = any (f.tokens))
                    - case when v_excluded is null then 0 else (
                        select count(*) from {messages} m
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
                    from unnest(v_tokens, v_weights) with ordinality t (token, weight, i) cross join lateral {term_holders}(t.token, v_resource, v_thread, p_whole, v_excluded) m
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
                from unnest(v_tokens, v_weights) with ordinality t (token, weight, i) cross join lateral {term_holders}(t.token, v_resource, v_thread, p_whole, v_excluded) m
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
                from chosen k cross join lateral {message_context}(
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
                            select '-infinity'::float8 from {vectors} v
                            where v.thread_key = u.key >> 28 and v.position = (u.key & 268435455)::integer and v.resource_key = v_resource and v.space_key = v_space.key limit 1))
                        when p_query is not null then (
                            select max(-(v.vector <#> p_query)) from {vectors} v
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
            cross join lateral (select k.id from {threads} k where k.key = h.thread_key limit 1) t
            cross join lateral (
                select * from {messages} k
                where k.thread_key = h.thread_key and k.position between h.position - p_before and h.position + p_after and k.resource_key = v_resource and k.content is not null
                order by k.position) m
        union all
        (select p_thread, m.* from {messages} m
         where m.thread_key = v_thread and m.resource_key = v_resource and m.content is not null order by m.position desc limit p_last)
    )
    select distinct on (m.thread_id, m.position) null::text, null::bigint, null::text, null::integer,
        m.thread_id, m.position, m.id, m.role, m.name, m.content, m.metadata, m.created_at, h.hit, h.score, h.lexical, h.lexical_rank, nullif(h.cosine, '-infinity'), h.dense_rank
    from windows m left join hits h on h.thread_key = m.thread_key and h.position = m.position
    order by m.thread_id, m.position;
end
$memory$;
