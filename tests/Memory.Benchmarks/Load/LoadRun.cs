namespace Memory.Benchmarks.Load;

/// <summary>Runs lines: within a line the subjects take turns, round by round.</summary>
internal sealed class LoadRun(IReadOnlyList<ISubject> subjects, int rounds)
{
    private static readonly TimeSpan ServerWarmUp = TimeSpan.FromSeconds(6);

    /// <summary>Runs what is asked for; progress goes to standard error.</summary>
    public static async Task<Report> RunAsync(RunSettings settings, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var backend = await settings.Backend.OpenAsync(folder, cancellationToken);
        var rows = settings.Chosen(backend.Rows);
        var corpus = new Corpus(Rows.MostMessages);
        var works = new ConversationWorks(corpus, TimeSpan.Zero); // a round before the first is thrown away instead
        var stores = new PreparedStores(works, backend);
        var scans = new PreparedScans(corpus);
        List<ISubject> subjects = [new CoreSubject(works, stores, scans, backend)];
        var facts = Machine.Facts();
        facts["backend"] = backend.Description;
        facts["messages"] = corpus.ToString();
        if (rows.Any(row => row.Work.WithVectors))
        {
            facts["vectors"] = await HashEmbedder.DescribeAsync(corpus, cancellationToken);
        }

        if (settings.Server is not { Exists: true })
        {
            facts["HTTP"] = "left out, since the server is not built (dotnet build -c Release src/Memory.Server)";
        }
        else
        {
            facts["server"] = settings.Server.ToString(); // as it was given
            subjects.Add(new ServerSubject(settings.Server.FullName, new ConversationWorks(corpus, ServerWarmUp), stores, backend));
        }

        if (backend.Bare is { } bare)
        {
            subjects.Add(new BareInsertSubject(corpus, bare));
        }

        subjects.Add(new BareScanSubject(works, scans));
        var packages = settings.PeerFolder is null ? null : await PeerPackages.InstallAsync(settings.PeerFolder, cancellationToken);
        await using var peer = packages is null ? null : new PeerSubject(packages, corpus, backend, folder);
        if (packages is not null && peer is not null)
        {
            facts["peer"] = packages.Description;
            subjects.Add(peer);
        }

        var run = new LoadRun([.. subjects.Where(subject => settings.Includes(subject.Name))], settings.Rounds);
        List<RowResult> results = [];
        foreach (var row in rows)
        {
            results.Add(await run.RunAsync(row, cancellationToken));
        }

        return new Report(facts, results);
    }

    private async Task<RowResult> RunAsync(Row row, CancellationToken cancellationToken)
    {
        var runs = new Dictionary<string, List<Outcome>>();
        List<string> notes = [];
        for (var round = row.IsWarmedUp ? 0 : 1; round <= row.Rounds(rounds); round++)
        {
            foreach (var subject in subjects.Where(subject => round > 0 || subject.StaysWarm))
            {
                if (await subject.RunAsync(row.Work, cancellationToken) is not { } outcome)
                {
                    continue;
                }

                await Console.Error.WriteLineAsync($"{row.Name}, round {round}, {subject.Name}: {row.Unit.Write(outcome)}".AsMemory(), cancellationToken);
                if (outcome.Note is { } note)
                {
                    notes.Add($"{row.Name}, {subject.Name}: {note}");
                    await Console.Error.WriteLineAsync(notes[^1].AsMemory(), cancellationToken);
                }

                if (round > 0)
                {
                    runs.TryAdd(subject.Name, []);
                    runs[subject.Name].Add(outcome);
                }
            }
        }

        return new RowResult(row, runs.ToDictionary(entry => entry.Key, IReadOnlyList<Outcome> (entry) => entry.Value), [.. notes.Distinct()]);
    }
}
