using Microsoft.Extensions.Options;

namespace Memory.Storage.Upstash;

/// <summary>What attributes cannot say of the options.</summary>
/// <param name="needsRedis">Whether messages are kept here; vectors alone need only one of the two services.</param>
internal sealed class UpstashOptionsRules(bool needsRedis) : IValidateOptions<UpstashOptions>
{
    public ValidateOptionsResult Validate(string? name, UpstashOptions options)
    {
        List<string> problems = [];
        var hasVector = options.Vector.Url.Length > 0 || options.Vector.Token.Length > 0;
        if (needsRedis || !hasVector)
        {
            Check(problems, options.Url, options.Token, "Memory:Upstash", "UPSTASH_REDIS_REST");
        }

        if (hasVector)
        {
            Check(problems, options.Vector.Url, options.Vector.Token, "Memory:Upstash:Vector", "UPSTASH_VECTOR_REST");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void Check(List<string> problems, string url, string token, string section, string shortName)
    {
        if (url.Length == 0)
        {
            problems.Add($"{section}:Url is empty; set it, or {shortName}_URL, to the REST address that Upstash's console shows.");
        }
        else if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || !IsSafe(address))
        {
            problems.Add($"{section}:Url must be https://HOST (http only for loopback), as Upstash's console shows it under REST; a redis:// address is another protocol's.");
        }
        else if (address.AbsolutePath != "/" || address.Query.Length > 0 || address.UserInfo.Length > 0)
        {
            problems.Add($"{section}:Url must be the host alone, without a path, query or user: https://{address.Host}.");
        }

        if (token.Length == 0 || token.Any(character => character is <= ' ' or > '~'))
        {
            problems.Add($"{section}:Token is empty or has spaces or line breaks; set it, or {shortName}_TOKEN, to the standard token (the read-only one cannot write).");
        }
    }

    private static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);
}
