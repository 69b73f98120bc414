using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>The check of the one configured key, in a time that tells nothing about it.</summary>
internal static class ApiKey
{
    private const string Bearer = "Bearer ";

    // Health for probes; the description of the API is no secret.
    private static readonly PathString[] Open = ["/health", "/openapi", "/docs"];

    public static bool Admits(HttpRequest request, string? key)
    {
        if (string.IsNullOrEmpty(key) || Open.Any(path => request.Path.StartsWithSegments(path)))
        {
            return true;
        }

        var authorization = request.Headers.Authorization.ToString();
        var sent = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..] : request.Headers["x-api-key"].ToString();

        // Hashes have one length, and comparing them takes one time.
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent)), SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }
}
