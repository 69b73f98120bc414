using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>
/// The one statement of a search on a server: it ranks the messages of a scope by words and by vectors, and reads the best with their neighbours and the thread's last messages. Left to
/// the caller is the fusion of the two rankings: the statement reads around everything that it could choose. The arithmetic is that of <see cref="MessageIndex"/>, which says where it
/// comes from; shares are in tenths, so that sums of counts and lengths are exact.
/// </summary>
internal static class SearchSql
{
    /// <summary>What messages in the result begin with, and what each row is: <c>search</c>, <c>words</c>, <c>vector</c> or <c>message</c>.</summary>
    public const int Kind = 7, ThreadId = 8, Score = 9, Cosine = 10;

    /// <summary>The cosine of a message that has a vector, which is not among those found near.</summary>
    public const double Far = -2;

    private const string Asked =
        """
        asked(thread, resource, terms, scored, hits, roles, since, until, conditions, excluded, last, before, after, vector, size, depth, words_weight, vectors_weight, found) as (
            select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19),
        context(distance, share) as (values (0, 10.0), (-1, 7.0), (1, 4.0), (-2, 4.0), (2, 2.0), (-3, 2.0)),
        """;

    private const string InThread =
        """
        scope(resource, low, high) as materialized (
            select resource_key, key << 28, key << 28 | 268435455 from threads where id = (select thread from asked)),
        """;

    private const string InResource =
        """
        scope(resource, low, high) as materialized (
            select coalesce((select resource_key from threads where id = a.thread), (select key from resources where id = a.resource)), 0, 9223372036854775807 from asked a),
        """;

    private const string Resource = "(select resource from scope)";

    // What is searched as if it were not there.
    private const string Excluded = "(select t.key << 28 | e.value from asked a join threads t on t.id = a.thread, json_each(a.excluded) e)";

    private const string IsAdmitted =
        $"""
        m.key between (select low from scope) and (select high from scope) and m.key not in {Excluded} and m.content is not null
          and ((select roles from asked) is null or m.role in (select value from json_each((select roles from asked))))
          and m.created_at between (select since from asked) and (select until from asked)
          and ((select conditions from asked) is null or {MeetsConditions})
        """;

    // Conditions: [{"key", "any": [values] or absent, "bounds": [{"above", "inclusive", "limit"}]}]. Of members of one name the last counts.
    private const string MeetsConditions =
        $"""
        (m.metadata is not null and not exists (
            select 1 from json_each((select conditions from asked)) c
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
        total(messages) as materialized (
            select coalesce(sum(message_count), 0) - (select count(*) from messages m where m.key in {Excluded} and m.content is not null) from threads where resource_key = {Resource}),
        terms(i, term, weight) as materialized (
            select f.i, f.term, ln(1 + (total.messages - f.found + 0.5) / (f.found + 0.5)) * 2.2
            from total, (
                select j.key as i, j.value as term, (
                    select count(*) from words w where w.resource_key = {Resource} and w.term = j.value and w.key not in {Excluded}) as found
                from json_each((select terms from asked)) j) f),
        bounds(key, most) as materialized (
            select h.key - c.distance, 1.000001 * sum(h.weight / (h.own + h.rest / c.share))
            from (
                select w.key, t.weight, 1 + 0.012 * w.length / w.count as own, 6.0 / w.count as rest
                from terms t cross join words w on w.resource_key = {Resource} and w.term = t.term and w.key between (select low from scope) and (select high from scope)
                where w.key not in {Excluded}) h cross join context c
            group by 1),
        """;

    // Looking up a message's context is what costs: only those are scored that could be among the best, going by the most that their words can be worth, and those with a vector near.
    private const string Chosen = "chosen(key) as materialized (select key from (select key from bounds order by most desc limit (select scored from asked))),";

    private const string ChosenWithNearest =
        """
        chosen(key) as materialized (
            select key from (select key from bounds order by most desc limit (select scored from asked))
            union
            select n.key from nearest n join bounds b on b.key = n.key),
        """;

    private const string Scores =
        $"""
        contexts(key, created_at, length) as materialized (
            select m.key, m.created_at, (
                select sum(w.length * c.share) from words w join context c on c.distance = w.key - m.key
                where w.resource_key = {Resource} and w.term = '' and w.key between m.key - 3 and m.key + 2 and w.key not in {Excluded})
            from chosen k cross join messages m on m.key = k.key
            where {IsAdmitted}),
        scores(key, created_at, score) as materialized (
            select key, created_at, sum(weight * tf / (tf + 6 + 0.012 * length))
            from (
                select k.key, k.created_at, k.length, t.weight, (
                    select sum(w.count * c.share) from words w join context c on c.distance = w.key - k.key
                    where w.resource_key = {Resource} and w.term = t.term and w.key between k.key - 3 and k.key + 2 and w.key not in {Excluded}) as tf
                from contexts k cross join terms t
                order by k.key, t.i)
            where tf > 0
            group by key),
        by_words(key, created_at, score) as materialized (select key, created_at, score from scores order by score desc, created_at, key limit (select hits from asked)),
        """;

    private const string Space = "(select max(key) from vector_spaces)";

    private const string CosineOf =
        """
        case when length(v.vectors) = (select size from asked) then 1 - vector_distance_cos(v.vectors, (select vector from asked))
             when length(v.vectors) > 0 then (
                select max(1 - vector_distance_cos(substr(v.vectors, 1 + n.value * (select size from asked), (select size from asked)), (select vector from asked)))
                from generate_series(0, length(v.vectors) / (select size from asked) - 1) n) end
        """;

    // Every vector in scope is compared.
    private const string NearestInThread = $"{Nearest} vectors v on v.key between (select low from scope) and (select high from scope) {NearestRest}";

    private const string NearestInResource =
        $"{Nearest} threads t on t.resource_key = {Resource} cross join vectors v on v.key between t.key << 28 and t.key << 28 | 268435455 {NearestRest}";

    private const string Nearest = $"nearest(key, created_at, cosine) as materialized (select m.key, m.created_at, {CosineOf} as cosine from scope s cross join";

    private const string NearestRest =
        $"""
        cross join messages m on m.key = v.key
        where v.space_key = {Space} and length(v.vectors) > 0 and {IsAdmitted}
        order by cosine desc, m.created_at, m.key limit (select depth from asked)),
        """;

    // What an index elsewhere found counts as long as the message is what it was when it was embedded: [[thread id, message id, revision, fingerprint, cosine]].
    private const string NearestElsewhere =
        $"""
        nearest(key, created_at, cosine) as materialized (
            select m.key, m.created_at, max(j.value ->> 4) as cosine
            from json_each((select found from asked)) j cross join threads t on t.id = j.value ->> 0 and t.resource_key = {Resource}
                cross join messages m on m.key >> 28 = +t.key and m.id = j.value ->> 1
            where m.revision = j.value ->> 2 and m.fingerprint = unhex(j.value ->> 3) and {Space} is not null and {IsAdmitted}
            group by m.key order by cosine desc, m.created_at, m.key limit (select depth from asked)),
        """;

    private const string CosineHere = $"(select {CosineOf} from vectors v where v.key = w.key and v.space_key = {Space})";

    private const string CosineElsewhere =
        $"coalesce((select n.cosine from nearest n where n.key = w.key), (select -2.0 from vectors v where v.key = w.key and v.space_key = {Space}))";

    // What fusion will choose: the best by both, and of the best by words those without a vector, which it may move up.
    private const string Fused =
        $"""
        united(key, created_at, score, cosine) as materialized (
            select w.key, w.created_at, w.score, {"{0}"} from by_words w
            union all
            select n.key, n.created_at, coalesce(s.score, 0), n.cosine from nearest n left join scores s on s.key = n.key where n.key not in (select key from by_words)),
        tail(foot, mean) as materialized (
            select min(cosine), avg(cosine) - min(cosine)
            from (select cosine from nearest order by cosine desc limit (select min(50, max(4, count(*) / 2)) from nearest))),
        candidates(key) as materialized (
            select key from (
                select u.key, a.words_weight * u.score
                    + case when t.mean > 1e-9 and u.cosine > t.foot then a.vectors_weight * (u.cosine - t.foot) / t.mean * (u.cosine - t.foot) / t.mean / 3 else 0 end as share
                from united u, tail t, asked a order by share desc, u.cosine desc, u.created_at, u.key limit (select hits from asked))
            union
            select key from united where cosine is null),
        """;

    private const string NotFused = "candidates(key) as materialized (select key from by_words),";

    // Bounds that reach the last hit's score: when there are more than were scored, one of these may belong among the hits.
    private const string Results =
        """
        results(key, role, created_at, id, name, metadata, content, kind, thread_id, score, cosine) as (
            select (select count(*) from bounds where most >= coalesce((select score from by_words order by score desc, created_at, key limit 1 offset (select hits - 1 from asked)), 0)),
                null, null, null, null, null, null, 'search', null, (select coalesce(sum(weight), 0) from terms), null
            union all
            select u.key, null, u.created_at, null, null, null, null, u.kind, (select t.id from candidates c join threads t on t.key = c.key >> 28 where c.key = u.key), u.score, u.cosine
            from (
        """;

    private const string WordsOnly = "select w.key, w.created_at, w.score, null as cosine, 'words' as kind from by_words w)";

    private const string WordsAndNearest =
        """
        select u.key, u.created_at, u.score, u.cosine, 'words' as kind from united u where u.key in (select key from by_words)
            union all
            select n.key, n.created_at, coalesce(s.score, 0), n.cosine, 'vector' from nearest n left join scores s on s.key = n.key) u
        """;

    private const string Messages =
        """
            union all
            select m.key, m.role, m.created_at, m.id, m.name, m.metadata, m.content, 'message', t.id, null, null
            from (
                select n.key
                from asked a cross join candidates c
                    cross join messages n on n.key between max(c.key - a.before, c.key >> 28 << 28) and min(c.key + a.after, c.key | 268435455)
                union
                select key from (
                    select key from messages
                    where key between (select key << 28 from threads where id = (select thread from asked)) and (select key << 28 | 268435455 from threads where id = (select thread from asked))
                      and content is not null
                    order by key desc limit (select last from asked))) k
                cross join messages m on m.key = k.key and m.content is not null cross join threads t on t.key = m.key >> 28
        """;

    /// <summary>The statement for a search.</summary>
    /// <param name="query">Says which parts it needs.</param>
    /// <param name="withMessages">Whether to read messages too.</param>
    public static string Of(SearchQuery query, bool withMessages)
    {
        var (nearest, chosen, fused, hits) = query switch
        {
            { Vector: null } => ("", Chosen, NotFused, WordsOnly + " u"),
            { Nearest: not null } => (NearestElsewhere, ChosenWithNearest, Fused.Replace("{0}", CosineElsewhere, StringComparison.Ordinal), WordsAndNearest),
            { Scope.WholeResource: true } => (NearestInResource, ChosenWithNearest, Fused.Replace("{0}", CosineHere, StringComparison.Ordinal), WordsAndNearest),
            _ => (NearestInThread, ChosenWithNearest, Fused.Replace("{0}", CosineHere, StringComparison.Ordinal), WordsAndNearest),
        };
        var scope = query.Scope.WholeResource ? InResource : InThread;
        var messages = withMessages ? Messages : "";
        return $"with {Asked} {scope} {Words} {nearest} {chosen} {Scores} {fused} {Results} {hits} {messages}) select * from results";
    }
}
