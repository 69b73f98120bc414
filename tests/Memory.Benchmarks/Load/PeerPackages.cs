using System.Diagnostics;
using System.Text.Json;

namespace Memory.Benchmarks.Load;

/// <summary>The peer's packages and our scripts for them, in a folder outside the repository.</summary>
internal sealed class PeerPackages
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(10);
    private static readonly string[] Parts = ["@mastra/core", "@mastra/memory", "@mastra/libsql", "@mastra/pg", "@mastra/upstash"];
    private readonly string folder;

    private PeerPackages(string folder) => this.folder = folder;

    /// <summary>Node with the packages' versions, for the report.</summary>
    public string Description { get; private set; } = "";

    /// <summary>Copies the scripts into the folder and installs the packages, unless they are there.</summary>
    public static async Task<PeerPackages> InstallAsync(DirectoryInfo folder, CancellationToken cancellationToken)
    {
        folder.Create();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "peer")))
        {
            File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)), overwrite: true);
        }

        var packages = new PeerPackages(folder.FullName);
        if (!Parts.All(part => Directory.Exists(packages.Package(part))))
        {
            // No script of a package is run, and no lock file is left that would name a registry.
            using var install = packages.Start("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(InstallLimit);
            await EndAsync(install, limit.Token);
            if (install.ExitCode != 0)
            {
                throw new InvalidOperationException($"npm install in {folder.FullName} ended with {install.ExitCode}.");
            }
        }

        using var node = packages.Node("--version");
        var version = (await node.StandardOutput.ReadToEndAsync(cancellationToken)).Trim();
        await EndAsync(node, cancellationToken);
        packages.Description = $"Node {version}, " + string.Join(", ", Parts.Select(part => $"{part} {packages.Version(part)}"));
        return packages;
    }

    /// <summary>Starts a script of ours, or Node itself with an option.</summary>
    public Process Node(params string[] arguments)
    {
        // Installed beside the peer, which needs a newer one than many machines have.
        var installed = Path.Combine(folder, "node_modules", ".bin", "node");
        return Start(File.Exists(installed) ? installed : "node", arguments);
    }

    /// <summary>Waits for a process, and ends it when the wait is cancelled.</summary>
    public static async Task EndAsync(Process process, CancellationToken cancellationToken)
    {
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["MASTRA_TELEMETRY_DISABLED"] = "1"; // nothing leaves the machine, and the peer is not charged for it
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    private string Package(string name) => Path.Combine(folder, "node_modules", name);

    private string Version(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Package(name), "package.json")));
        return json.RootElement.GetProperty("version").GetString() ?? "";
    }
}
