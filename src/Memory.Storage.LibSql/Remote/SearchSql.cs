using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>
/// The one statement of a search on a server: it ranks the messages of a scope by words and by vectors, and reads the best with their neighbours and the thread's last messages. Left to
/// the caller is the fusion of the two rankings: the statement reads around everything that it could choose. The arithmetic is that of <see cref="MessageIndex"/>, which says where it
/// comes from; shares are in tenths, so that sums of counts and lengths are exact.
/// </summary>
/// <remarks>
/// Each part is named as seldom as can be: SQLite translates a part again for every place that names it, and those that it is made of, which soon takes longer than the search.
/// Values: ?1 thread's id, ?2 resource's id, ?3 terms as a JSON array, ?4 how many messages' words to score, ?5 how many hits, ?6 roles or null, ?7 and ?8 time from and to, ?9 conditions on
/// metadata or null, ?10 excluded positions as a JSON array, ?11 last, ?12 before, ?13 after, ?14 vector, ?15 its bytes, ?16 how many of the nearest, ?17 and ?18 weights of words and
/// vectors, ?19 what was found elsewhere. A statement is given those up to the last that it names.
/// </remarks>
internal static class SearchSql
{
    /// <summary>
    /// What comes behind a message's columns: <c>search</c> or <c>message</c>, the message's thread, and of the search the score that a message of nothing but its terms could have, and the
    /// most that the words of a message can be worth that was not scored, null when all were. The row of the search has its ranking in the column of content.
    /// </summary>
    public const int Kind = 7, ThreadId = 8, Attainable = 9, Unscored = 10;

    /// <summary>A ranking: a JSON array of <c>[key, created at, score by words, cosine or null, whether it is among the nearest, thread id if it may be a hit]</c>.</summary>
    public const int Ranking = 6;

    /// <summary>The cosine of a message that has a vector, which is not among those found near.</summary>
    public const double Far = -2;

    private const string Resource = "(select coalesce((select resource_key from threads where id = ?1), (select key from resources where id = ?2)))";
    private const string InThread = "between (select key << 28 from threads where id = ?1) and (select key << 28 | 268435455 from threads where id = ?1)";

    // What is searched as if it were not there.
    private const string Excluded = "(select t.key << 28 | e.value from threads t, json_each(?10) e where t.id = ?1)";

    private const string IsAdmitted =
        $"""
        m.key not in {Excluded} and m.content is not null and (?6 is null or m.role in (select value from json_each(?6))) and m.created_at between ?7 and ?8
          and (?9 is null or {MeetsConditions})
        """;

    // Conditions: [{"key", "any": [values] or absent, "bounds": [{"above", "inclusive", "limit"}]}]. Of members of one name the last counts.
    private const string MeetsConditions =
        $"""
        (m.metadata is not null and not exists (
            select 1 from json_each(?9) c
            where not exists (
                select 1 from (select v.type, v.value from json_each(m.metadata) v where v.key = c.value ->> 'key' order by v.id desc limit 1) v
                where (c.value -> 'any' is null or exists (
                        select 1 from json_each(c.value, '$.any') a
                        where case when v.type in ('object', 'array')
                            then a.type = v.type
                              and not exists (select {Node} from json_tree({A}) n except select {Node} from json_tree({V}) n)
                              and not exists (select {Node} from json_tree({V}) n except select {Node} from json_tree({A}) n)
                            else a.value is v.value and (a.type = v.type or (a.type in ('integer', 'real') and v.type in ('integer', 'real'))) end))
                  and not exists (
                        select 1 from json_each(c.value, '$.bounds') b
                        where not (
                            ((v.type = 'text' and json_type(b.value, '$.limit') = 'text')
                              or (v.type in ('integer', 'real') and json_type(b.value, '$.limit') in ('integer', 'real')))
                            and case when v.value = b.value ->> 'limit' then b.value ->> 'inclusive' else (v.value > b.value ->> 'limit') = (b.value ->> 'above') end)))))
        """;

    // Trees are the same whatever the order of their members; a text that isn't one is never read as such.
    private const string A = "case when a.type in ('object', 'array') then a.value else 'null' end";
    private const string V = "case when v.type in ('object', 'array') then v.value else 'null' end";
    private const string Node = "n.fullkey, case when n.type in ('integer', 'real') then 'number' else n.type end, n.atom";

    // The terms, how rare each is in the whole resource, and of each message that they reach the most that its score can be, as if nobody but the holders of a term stood around it; a
    // little more, since sums are rounded.
    private const string Words =
        $"""
        counted(i, term, found) as materialized (
            select j.key, j.value, (select count(*) from words w where w.resource_key = {Resource} and w.term = j.value and w.key not in {Excluded}) from json_each(?3) j),
        terms(i, term, weight) as materialized (
            select c.i, c.term, ln(1 + (n.messages - c.found + 0.5) / (c.found + 0.5)) * 2.2
            from counted c, (
                select coalesce(sum(message_count), 0) - (select count(*) from messages m where m.key in {Excluded} and m.content is not null) as messages
                from threads where resource_key = {Resource}) n),
        bounds(key, most) as (
            select h.key - c.distance, 1.000001 * sum(h.weight / (h.own + h.rest / c.share))
            from (
                select w.key, t.weight, 1 + 0.012 * w.length / w.count as own, 6.0 / w.count as rest
                from terms t cross join words w on w.resource_key = {Resource} and w.term = t.term and w.key {"{0}"}
                where w.key not in {Excluded}) h
                cross join (select 0 as distance, 10.0 as share union all values (-1, 7.0), (1, 4.0), (-2, 4.0), (2, 2.0), (-3, 2.0)) c
            group by 1 order by 2 desc limit ?4),
        """;

    private const string WholeResource = "between 0 and 9223372036854775807";

    // Looking up a message's context is what costs: only those are scored that could be among the best, going by the most that their words can be worth, and those with a vector near.
    private const string Chosen = "chosen(key, most, cosine) as materialized (select key, most, null from bounds),";

    private const string ChosenWithNearest =
        """
        chosen(key, most, cosine) as materialized (
            select key, max(most), max(cosine) from (select key, most, null as cosine from bounds union all select key, null, cosine from nearest) group by key),
        """;

    private const string Scores =
        $"""
        contexts(key, created_at, cosine, length) as materialized (
            select m.key, m.created_at, k.cosine, (
                select sum(w.length * case w.key - m.key {Shares}) from words w
                where w.resource_key = {Resource} and w.term = '' and w.key between m.key - 3 and m.key + 2 and w.key not in {Excluded})
            from chosen k cross join messages m on m.key = k.key where {IsAdmitted}),
        frequencies(key, created_at, cosine, length, weight, tf) as materialized (
            select k.key, k.created_at, k.cosine, k.length, t.weight, (
                select sum(w.count * case w.key - k.key {Shares}) from words w
                where w.resource_key = {Resource} and w.term = t.term and w.key between k.key - 3 and k.key + 2 and w.key not in {Excluded})
            from contexts k left join terms t order by k.key, t.i),
        scores(key, created_at, cosine, score) as materialized (
            select key, created_at, cosine, coalesce(sum(weight * tf / (tf + 6 + 0.012 * length)), 0) from frequencies group by key),
        """;

    private const string Shares = "when 0 then 10.0 when -1 then 7.0 when 1 then 4.0 when -2 then 4.0 else 2.0 end";

    private const string Space = "(select max(key) from vector_spaces)";

    private const string CosineOf =
        """
        case when length(v.vectors) = ?15 then 1 - vector_distance_cos(v.vectors, ?14)
             when length(v.vectors) > 0 then (
                with recursive piece(start) as (select 1 union all select start + ?15 from piece where start + ?15 < length(v.vectors))
                select max(1 - vector_distance_cos(substr(v.vectors, start, ?15), ?14)) from piece) end
        """;

    // Every vector in scope is compared. The plus keeps an index of all vectors from being made for it.
    private const string NearestInThread = $"nearest(key, cosine) as (select m.key, {CosineOf} as cosine from vectors v cross join messages m on m.key = v.key where v.key {InThread} and {NearestRest}";

    private const string NearestInResource =
        $"""
        nearest(key, cosine) as (
            select m.key, {CosineOf} as cosine
            from threads t cross join vectors v on v.key between t.key << 28 and t.key << 28 | 268435455 cross join messages m on m.key = v.key
            where t.resource_key = {Resource} and {NearestRest}
        """;

    private const string NearestRest = $"+v.space_key = {Space} and length(v.vectors) > 0 and {IsAdmitted} order by cosine desc, m.created_at, m.key limit ?16),";

    // What an index elsewhere found counts as long as the message is what it was when it was embedded: [[thread id, message id, revision, fingerprint, cosine]].
    private const string NearestElsewhere =
        $"""
        nearest(key, cosine) as (
            select m.key, max(j.value ->> 4) as cosine
            from json_each(?19) j cross join threads t on t.id = j.value ->> 0 and t.resource_key = {Resource}
                cross join messages m on m.key >> 28 = +t.key and m.id = j.value ->> 1
            where m.key {"{0}"} and m.revision = j.value ->> 2 and m.fingerprint = unhex(j.value ->> 3) and {Space} is not null and {IsAdmitted}
            group by m.key order by cosine desc, m.created_at, m.key limit ?16),
        """;

    private const string CosineHere = $"(select {CosineOf} from vectors v where v.key = p.key and v.space_key = {Space})";
    private const string CosineElsewhere = $"(select -2.0 from vectors v where v.key = p.key and v.space_key = {Space})";

    // What fusion will choose: the best by both, and of the best by words those without a vector, which it may move up.
    private const string Found =
        """
        places(key, created_at, score, cosine, by_words, by_vector, tail) as (
            select key, created_at, score, cosine, row_number() over (order by score desc, created_at, key), row_number() over (order by cosine desc, created_at, key),
                min(50, max(4, count(cosine) over () / 2))
            from scores),
        compared(key, created_at, score, cosine, is_near, is_word, foot, mean) as (
            select p.key, p.created_at, p.score, case when p.cosine is null and p.score > 0 and p.by_words <= ?5 then {0} else p.cosine end, p.cosine is not null,
                p.score > 0 and p.by_words <= ?5, min(p.cosine) filter (where p.by_vector <= p.tail) over (), avg(p.cosine) filter (where p.by_vector <= p.tail) over ()
            from places p),
        found(key, created_at, score, cosine, is_near, is_hit) as materialized (
            select key, created_at, score, cosine, is_near, (is_word and cosine is null) or row_number() over (
                order by ?17 * score + case when mean - foot > 1e-9 and cosine > foot then ?18 * (cosine - foot) / (mean - foot) * (cosine - foot) / (mean - foot) / 3 else 0 end desc,
                    cosine desc, created_at, key) <= ?5
            from compared where is_near or is_word),
        """;

    private const string FoundByWords =
        """
        found(key, created_at, score, cosine, is_near, is_hit) as materialized (
            select key, created_at, score, null, 0, 1 from scores where score > 0 order by score desc, created_at, key limit ?5),
        """;

    // The ranking is a text: a row for each would be ten times as long.
    private const string Results =
        """
        results(key, role, created_at, id, name, metadata, content, kind, thread_id, attainable, unscored) as (
            select null, null, null, null, null, null, (
                    select json_group_array(json_array(f.key, f.created_at, f.score, f.cosine, f.is_near, case when f.is_hit then (select id from threads where key = f.key >> 28) end)) from found f),
                'search', null, (select coalesce(sum(weight), 0) from terms), (select case when count(most) >= ?4 then min(most) end from chosen)
        """;

    private const string Messages =
        """
            union all
            select m.key, m.role, m.created_at, m.id, m.name, m.metadata, m.content, 'message', t.id, null, null
            from (
                select n.key from found c cross join messages n on n.key between max(c.key - ?12, c.key >> 28 << 28) and min(c.key + ?13, c.key | 268435455) where c.is_hit
                union
                select key from (select key from messages where key {0} and content is not null order by key desc limit ?11)) k
                cross join messages m on m.key = k.key and m.content is not null cross join threads t on t.key = m.key >> 28
        """;

    /// <summary>The statement for a search, and how many values it is given.</summary>
    /// <param name="query">Says which parts it needs.</param>
    /// <param name="withMessages">Whether to read messages too.</param>
    public static (string Sql, int Values) Of(SearchQuery query, bool withMessages)
    {
        var scope = query.Scope.WholeResource ? WholeResource : InThread;
        var (values, nearest, cosine) = query switch
        {
            { Vector: null } => (withMessages ? 13 : 10, "", ""),
            { Nearest: not null } => (19, Fill(NearestElsewhere, scope), CosineElsewhere),
            { Scope.WholeResource: true } => (18, NearestInResource, CosineHere),
            _ => (18, NearestInThread, CosineHere),
        };
        var (chosen, found) = query.Vector is null ? (Chosen, FoundByWords) : (ChosenWithNearest, Fill(Found, cosine));
        return ($"with {Fill(Words, scope)} {nearest} {chosen} {Scores} {found} {Results} {(withMessages ? Fill(Messages, InThread) : "")}) select * from results", values);
    }

    private static string Fill(string part, string with) => part.Replace("{0}", with, StringComparison.Ordinal);
}
