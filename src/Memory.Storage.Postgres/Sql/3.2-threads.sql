-- Locks a thread's row, if the thread is there and the resource's, for a change that follows in the same transaction: it stays the resource's until that is over.
create function {lock_thread}(p_thread text, p_owner text) returns boolean
language plpgsql {settings} as $memory$
begin
    perform from {threads} t join {resources} r on r.key = t.resource_key where t.id = p_thread and r.id = p_owner for no key update of t;
    return found;
end
$memory$;

-- Removes a thread with everything in it, if it is the resource's, at a version, and last changed at a time; null for any.
create function {remove_thread}(p_thread text, p_owner text, p_version bigint, p_updated timestamptz) returns boolean
language plpgsql {settings} as $memory$
begin
    perform from {threads} t
    where t.id = p_thread and (p_owner is null or t.resource_key = (select r.key from {resources} r where r.id = p_owner)) and (p_updated is null or t.updated_at = p_updated)
    for update;
    return found and {delete_thread}(p_thread, p_version);
end
$memory$;

-- Copies a thread as clone_thread does, with its time to live, if it is the resource's; null for any. outcome: as there.
create function {copy_thread}(p_source text, p_owner text, p_id text, p_resource text, p_up_to bigint, p_now timestamptz) returns text
language plpgsql {settings} as $memory$
declare
    v_time_to_live integer;
    v_outcome text;
begin
    select t.time_to_live into v_time_to_live from {threads} t
    where t.id = p_source and (p_owner is null or t.resource_key = (select r.key from {resources} r where r.id = p_owner)) for no key update;
    if not found then
        return 'no_thread';
    end if;
    v_outcome := {clone_thread}(p_source, p_id, p_resource, p_up_to, p_now);
    if v_time_to_live is not null then
        update {threads} t set time_to_live = v_time_to_live where t.id = p_id;
    end if;
    return v_outcome;
end
$memory$;

-- Writes a piece of a thread as write_piece does, with the thread's time to live, which goes with title and metadata: the newer version's stays.
create function {store_piece}(
    p_time_to_live integer,
    p_thread text, p_resource text, p_title text, p_thread_metadata text, p_thread_created timestamptz, p_thread_updated timestamptz, p_last integer, p_version bigint,
    p_is_last boolean, p_now timestamptz, p_due timestamptz, p_positions integer[], p_revisions integer[],
    p_ids text[], p_roles text[], p_names text[], p_contents text[], p_metadata text[], p_plain text[], p_created timestamptz[], p_fingerprints uuid[],
    p_lengths integer[], p_hashes integer[], p_hash_ends integer[], p_counts integer[], p_count_ends integer[],
    p_model text, p_dimensions integer, p_vectors {vector_type}[], p_vector_owners integer[], p_chunks smallint[])
returns table (is_taken boolean, conflicts integer[], written integer, pending integer)
language plpgsql {settings} as $memory$
#variable_conflict use_column
declare
    v_before bigint;
    v_outcome record;
begin
    select t.version into v_before from {threads} t where t.id = p_thread for no key update;
    select * into v_outcome from {write_piece}(
        p_thread, p_resource, p_title, p_thread_metadata, p_thread_created, p_thread_updated, p_last, p_version, p_is_last, p_now, p_due, p_positions, p_revisions,
        p_ids, p_roles, p_names, p_contents, p_metadata, p_plain, p_created, p_fingerprints, p_lengths, p_hashes, p_hash_ends, p_counts, p_count_ends,
        p_model, p_dimensions, p_vectors, p_vector_owners, p_chunks);
    if not v_outcome.is_taken and cardinality(v_outcome.conflicts) = 0 then
        -- It has the piece's version, and had none or an older one: its fields are the piece's now.
        update {threads} t set time_to_live = p_time_to_live
        where t.id = p_thread and t.version = p_version and (v_before is null or p_version > v_before) and t.time_to_live is distinct from p_time_to_live;
    end if;
    return query select v_outcome.is_taken, v_outcome.conflicts, v_outcome.written, v_outcome.pending;
end
$memory$;
