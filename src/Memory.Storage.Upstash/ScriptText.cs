namespace Memory.Storage.Upstash;

/// <summary>Scripts as they are sent: a file of the folder Lua without its comments and indentation, since every call carries its script.</summary>
internal static class ScriptText
{
    /// <summary>Reads a script by its file's name, without the extension.</summary>
    public static string Read(string name)
    {
        using var stream = typeof(ScriptText).Assembly.GetManifestResourceStream($"{name}.lua") ?? throw new InvalidOperationException($"There is no script {name}.lua.");
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n').Select(line => line.Trim());
        return string.Join('\n', lines.Where(line => line.Length > 0 && !line.StartsWith("--", StringComparison.Ordinal)));
    }
}
