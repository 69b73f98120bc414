using Microsoft.Extensions.Options;

namespace Memory.Http;

[OptionsValidator]
internal sealed partial class HttpOptionsValidator : IValidateOptions<HttpOptions>;

/// <summary>What attributes cannot say.</summary>
internal sealed class HttpOptionsRules : IValidateOptions<HttpOptions>
{
    private const int MinKeyLength = 16;

    public ValidateOptionsResult Validate(string? name, HttpOptions options)
    {
        string[] problems =
        [
            .. new[]
            {
                string.IsNullOrEmpty(options.ApiKey) || options.ApiKey.Length >= MinKeyLength ? null : $"Memory:Http:ApiKey must have at least {MinKeyLength} characters.",
                options.Jwt.Problem(),
                options.Tokens.Problem(),
            }.OfType<string>(),
        ];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
