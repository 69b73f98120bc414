using System.CommandLine;
using Microsoft.Extensions.Configuration;

namespace Memory.Cli;

/// <summary>One run of a verb: what was asked for, where the result goes, and the way to a backend.</summary>
/// <param name="line">The command line.</param>
/// <param name="output">For the result.</param>
/// <param name="error">For everything else.</param>
/// <param name="environment">The environment's configuration.</param>
internal sealed class VerbLine(ParseResult line, Output output, StandardError error, IConfiguration environment)
{
    /// <summary>For the result.</summary>
    public Output Output => output;

    /// <summary>For everything else.</summary>
    public StandardError Error => error;

    /// <summary>The backend that <c>--url</c> names; null without it.</summary>
    /// <exception cref="UsageException">It names none.</exception>
    public BackendUrl? Url => line.GetValue(CommonOptions.Url) is { } text ? Parse(CommonOptions.Url, text) : null;

    /// <summary>An option's value.</summary>
    public T? Get<T>(Option<T> option) => line.GetValue(option);

    /// <summary>An argument's value.</summary>
    public T Get<T>(Argument<T> argument) => line.GetRequiredValue(argument);

    /// <summary>The value of an argument that may be left out; null then.</summary>
    public T? Find<T>(Argument<T?> argument)
        where T : class => line.GetValue(argument);

    /// <summary>The backend that an option names.</summary>
    /// <exception cref="UsageException">It names none; the message says which option and what to write.</exception>
    public BackendUrl Parse(Option option, string text)
    {
        if (!BackendUrl.TryParse(text, Environment.GetEnvironmentVariable, out var url, out var problem))
        {
            throw new UsageException($"{option.Name} {problem}");
        }

        error.Secrets.Add(url);
        return url;
    }

    /// <summary>Opens the backend that <c>--url</c> names, or else the environment's.</summary>
    /// <param name="mustExist">Whether a file that is not there is an error, and not made.</param>
    public BackendConnection Open(bool mustExist = true) => Open(Url, mustExist);

    /// <summary>Opens a backend; the caller disposes it. Several may be open at once.</summary>
    /// <param name="url">Which; null for the environment's.</param>
    /// <param name="mustExist">Whether a file that is not there is an error, and not made.</param>
    public BackendConnection Open(BackendUrl? url, bool mustExist = true) => BackendConnection.Open(url, environment, error, mustExist);

    /// <summary>Asks before something that cannot be undone.</summary>
    /// <param name="what">What would be done, as a question without its mark.</param>
    /// <returns>Whether to do it.</returns>
    /// <exception cref="UsageException">There is no terminal to ask on, and no <c>--yes</c>.</exception>
    public bool IsAgreed(string what)
    {
        if (line.GetValue(CommonOptions.Yes))
        {
            return true;
        }

        if (Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            throw new UsageException($"{CommonOptions.Yes.Name} is needed: this cannot be undone, and there is no terminal to ask on.");
        }

        error.Ask($"{what}? [y/N] ");
        return Console.In.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }
}
