using System.CommandLine;
using Memory.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Cli;

/// <summary><c>memory keys</c>: what callers show to be let in.</summary>
internal static class KeyVerbs
{
    private const int Page = 1_000, MostHours = 87_600;

    /// <summary>The noun with its verbs.</summary>
    public static VerbCommand Create() => VerbCommand.Noun(
        "keys", "The keys that callers show. Makes one, lists them, replaces one with a while in which both work, or revokes one.", "memory keys list", New(), List(), Rotate(), Revoke());

    private static VerbCommand New()
    {
        var resource = CommonOptions.IdOption("--resource", "RESOURCE", "The only resource it opens.");
        var prefix = CommonOptions.IdOption("--prefix", "TEXT", "What the ids of the resources begin with that it opens; end it with a separator, as in acme/.");
        var all = new Option<bool>("--all") { Description = "It opens every resource." };
        var scope = new Option<string>("--scope")
        {
            HelpName = "SCOPES",
            Description = "What it may do: read, write, admin, with commas between; admin has the others in it.",
            DefaultValueFactory = _ => "read,write",
        };
        var name = new Option<string?>("--name") { HelpName = "TEXT", Description = "What it is for, to know it by in the list." };
        var hours = CommonOptions.Number("--expires-in", "After how many hours it opens nothing any more; never without it.", 1, MostHours);
        return VerbCommand.Of(
            "create", "Makes a key and prints it, this once: of its secret only a hash is kept.",
            "memory keys create --resource ada --scope read,write --json\nmemory keys create --prefix acme/ --scope admin --name 'acme back end' --expires-in 2160",
            async (line, cancellationToken) =>
            {
                var grant = new AccessGrant(Scopes(line.Get(scope)!), Resources(line.Get(resource), line.Get(prefix), line.Get(all))); // it has a default
                await using var backend = line.Open(mustExist: false);
                DateTimeOffset? expiresAt = line.Get(hours) is { } count ? backend.Clock.GetUtcNow().AddHours(count) : null;
                var (key, text) = await Keys(backend).CreateAsync(grant, line.Get(name), expiresAt, cancellationToken);
                Show(line, KeyResult.From(key, text));
                return ExitCode.Done;
            },
            resource, prefix, all, scope, name, hours);
    }

    private static VerbCommand List() => VerbCommand.Of(
        "list", "Lists keys by id, those that were revoked or have expired too.", "memory keys list\nmemory keys list --json",
        async (line, cancellationToken) =>
        {
            await using var backend = line.Open();
            var table = line.Output.IsJson ? null : line.Output.Table("KEY", "NAME", "OPENS", "SCOPES", "CREATED", "EXPIRES");
            string? after = null;
            do
            {
                var page = await Keys(backend).ListAsync(Page, after, cancellationToken);
                foreach (var key in page.Items.Select(key => KeyResult.From(key)))
                {
                    if (table is null)
                    {
                        line.Output.WriteJson(key, CliJson.Default.KeyResult);
                    }

                    table?.Add(key.Id, key.Name ?? "", key.Opens, string.Join(',', key.Scopes), key.CreatedAt.ToRfc3339(), key.ExpiresAt?.ToRfc3339() ?? "never");
                }

                after = page.Next;
            }
            while (after is not null);
            table?.Write();
            return ExitCode.Done;
        });

    private static VerbCommand Rotate()
    {
        var id = CommonOptions.Id("KEY", "The key's id, as the list shows it.");
        var overlap = CommonOptions.Number("--overlap", "For how many hours the old one still works; 24 without it.", 0, MostHours);
        return VerbCommand.Of(
            "rotate", "Makes another key that opens the same, and lets the old one expire after a while.", "memory keys rotate h7k2m9q4w8xz --overlap 48",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var (key, text) = await Keys(backend).RotateAsync(line.Get(id), TimeSpan.FromHours(line.Get(overlap) ?? 24), cancellationToken)
                    ?? throw new InvalidDataException($"There is no key '{line.Get(id)}', or it has expired.");
                Show(line, KeyResult.From(key, text));
                return ExitCode.Done;
            },
            id, overlap);
    }

    private static VerbCommand Revoke()
    {
        var id = CommonOptions.Id("KEY", "The key's id, as the list shows it.");
        return VerbCommand.Of(
            "revoke", "Lets a key open nothing any more. Servers that have just seen it notice within Memory:Http:KeyCacheSeconds.", "memory keys revoke h7k2m9q4w8xz",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                if (!await Keys(backend).RevokeAsync(line.Get(id), cancellationToken))
                {
                    throw new InvalidDataException($"There is no key '{line.Get(id)}'.");
                }

                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(new RevokedResult(line.Get(id)), CliJson.Default.RevokedResult);
                }
                else
                {
                    line.Output.WriteFields(("revoked", line.Get(id)));
                }

                return ExitCode.Done;
            },
            id);
    }

    private static AccessKeys Keys(BackendConnection backend) => backend.Services.GetRequiredService<AccessKeys>();

    private static AccessScopes Scopes(string text) =>
        AccessScopeNames.TryParse(text.Split(',', StringSplitOptions.TrimEntries), out var scopes) ? scopes : throw new UsageException($"--scope must be of {AccessScopeNames.List}, with commas between.");

    private static ResourceSelector Resources(string? resource, string? prefix, bool isAll) => (resource, prefix, isAll) switch
    {
        ({ } one, null, false) => ResourceSelector.Only(one),
        (null, { } start, false) => ResourceSelector.BeginningWith(start),
        (null, null, true) => ResourceSelector.All,
        _ => throw new UsageException("--resource, --prefix or --all is needed, one of them."),
    };

    private static void Show(VerbLine line, KeyResult key)
    {
        if (line.Output.IsJson)
        {
            line.Output.WriteJson(key, CliJson.Default.KeyResult);
            return;
        }

        line.Output.WriteFields(
            ("key", key.Key!), ("id", key.Id), ("name", key.Name ?? ""), ("opens", key.Opens), ("scopes", string.Join(',', key.Scopes)), ("expires", key.ExpiresAt?.ToRfc3339() ?? "never")); // a new one has its key
        line.Error.WriteLine("memory: keep the key now; it is not shown again");
    }
}
