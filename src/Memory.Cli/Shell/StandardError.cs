namespace Memory.Cli;

/// <summary>Standard error: talk, warnings, progress and what went wrong, without secrets and in single lines.</summary>
/// <param name="writer">Where it goes.</param>
/// <param name="secrets">What must not be written.</param>
internal sealed class StandardError(TextWriter writer, Secrets secrets)
{
    private readonly Lock gate = new();

    /// <summary>What must not be written.</summary>
    public Secrets Secrets => secrets;

    /// <summary>Whether somebody looks at it who sees colours and lines that are drawn anew.</summary>
    public bool IsTerminal { get; } =
        !Console.IsErrorRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

    /// <summary>Writes a line.</summary>
    public void WriteLine(string text)
    {
        lock (gate)
        {
            writer.WriteLine(PlainText.OneLine(secrets.Redact(text)));
        }
    }

    /// <summary>Writes a question, and stays in its line.</summary>
    public void Ask(string text)
    {
        lock (gate)
        {
            writer.Write(PlainText.OneLine(text));
            writer.Flush();
        }
    }
}
