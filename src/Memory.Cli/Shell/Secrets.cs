using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Memory.Cli;

/// <summary>What must not be printed: the secrets of the configuration, and whatever looks like one.</summary>
internal sealed partial class Secrets
{
    private const string Mask = "***";

    // A shorter one would be found in ordinary words, and is none.
    private const int LeastLength = 4;

    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    /// <summary>The secrets of a configuration.</summary>
    public static Secrets Of(IConfiguration configuration)
    {
        var secrets = new Secrets();
        foreach (var (name, value) in configuration.AsEnumerable())
        {
            if (value is null || !Ours().IsMatch(name))
            {
                continue;
            }

            if (Secret().IsMatch(name))
            {
                secrets.Add(value);
            }

            secrets.AddParts(value);
        }

        return secrets;
    }

    /// <summary>Adds what a URL holds.</summary>
    public void Add(BackendUrl url)
    {
        AddParts(url.Address);
        Add(url.Token);
    }

    /// <summary>The text without secrets.</summary>
    public string Redact(string text)
    {
        foreach (var secret in known.OrderByDescending(secret => secret.Length))
        {
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        text = InUrl().Replace(text, match => IsPlaceholder(match) ? match.Value : $"{match.Groups["before"].Value}{Mask}@");
        text = Pair().Replace(text, match => IsPlaceholder(match) ? match.Value : $"{match.Groups["name"].Value}={Mask}");
        return Bearer().Replace(text, $"Bearer {Mask}");
    }

    // What a message says where a secret would stand.
    private static bool IsPlaceholder(Match match) => match.Groups["secret"].Value is "PASSWORD" or "…";

    private void Add(string? secret)
    {
        if (secret?.Length >= LeastLength)
        {
            known.Add(secret);
        }
    }

    // Of postgres://user:password@host and Password=…;AccountKey=…, as they are written and as they are meant.
    private void AddParts(string value)
    {
        foreach (var secret in InUrl().Matches(value).Select(match => match.Groups["secret"].Value).Concat(Pair().Matches(value).Select(match => match.Groups["secret"].Value)))
        {
            Add(secret);
            Add(Uri.UnescapeDataString(secret));
        }
    }

    [GeneratedRegex("^(Memory:|DATABASE_URL|UPSTASH_|LIBSQL_|AZURE_OPENAI_|OPENAI_|AzureWebJobsStorage)", RegexOptions.IgnoreCase)]
    private static partial Regex Ours();

    [GeneratedRegex("(Token|Key|Password|Secret)$", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();

    [GeneratedRegex("(?<before>://[^/\\s:@]*:)(?<secret>[^/\\s]+)@")]
    private static partial Regex InUrl();

    [GeneratedRegex("(?<name>\\b(password|pwd|passwd|sslpassword|ssl password|accountkey|sharedaccesskey|sharedaccesssignature|apikey|api-key|authtoken|token))\\s*=\\s*(?<secret>[^;&\\s'\"]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Pair();

    [GeneratedRegex("Bearer\\s+[^\\s\"']+", RegexOptions.IgnoreCase)]
    private static partial Regex Bearer();
}
