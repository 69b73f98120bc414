-- Vectors of messages that are kept in another service: what is narrowed by stands beside them, in each row of a content. Ids are texts, since there are no keys here.
create table {split_vectors} (
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
    vector {vector_type} not null,
    primary key (thread_id, message_id, revision, fingerprint, resource_id, chunk)
);

-- In the row, as long as it fits into a page: an exact scan reads every one.
alter table {split_vectors} alter column vector set storage main;

create index on {split_vectors} (resource_id);

-- Finds the contents of a thread, or of a resource, that are nearest to a question, each once, by the nearest of its vectors.
-- A function, so that the question's operator is found wherever the extension is.
create function {nearest_contents}(
    p_thread text, p_resource text, p_model text, p_dimensions integer, p_query {vector_type}, p_roles text[], p_from timestamptz, p_to timestamptz, p_top integer)
returns table (thread_id text, message_id text, revision integer, fingerprint uuid, cosine float8)
language plpgsql stable {settings} as $memory$
#variable_conflict use_column
begin
    if p_thread is not null then
        return query
        select p_thread, v.message_id, v.revision, v.fingerprint, max(-(v.vector <#> p_query)) as cosine from {split_vectors} v
        where v.thread_id = p_thread and v.model = p_model and v.dimensions = p_dimensions
          and (p_roles is null or v.role = any (p_roles)) and (p_from is null or v.created_at >= p_from) and (p_to is null or v.created_at <= p_to)
        group by 2, 3, 4 order by cosine desc, 2, 3 limit p_top;
    else
        return query
        select v.thread_id, v.message_id, v.revision, v.fingerprint, max(-(v.vector <#> p_query)) as cosine from {split_vectors} v
        where v.resource_id = p_resource and v.model = p_model and v.dimensions = p_dimensions
          and (p_roles is null or v.role = any (p_roles)) and (p_from is null or v.created_at >= p_from) and (p_to is null or v.created_at <= p_to)
        group by 1, 2, 3, 4 order by cosine desc, 1, 2, 3 limit p_top;
    end if;
end
$memory$;
