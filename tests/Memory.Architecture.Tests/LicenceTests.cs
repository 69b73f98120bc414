using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Memory.Architecture.Tests;

/// <summary>What the service is made of beside its own code, and under which licences. <c>MEMORY_WRITE_LICENCES=true</c> writes the list anew.</summary>
public sealed partial class LicenceTests
{
    private static readonly string[] Welcome = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "PostgreSQL", "MIT AND Apache-2.0", "public domain"];

    // Packages that name a file or an address in place of a licence's name; read there.
    private static readonly Dictionary<string, string> ReadByHand = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.ML.OnnxRuntime"] = "MIT",
        ["Microsoft.ML.OnnxRuntime.Managed"] = "MIT",
        ["OpenAI"] = "MIT",
        ["SQLite"] = "public domain",
        ["System.Security.Cryptography.ProtectedData"] = "MIT",
    };

    [Fact]
    public void Every_package_is_listed_with_a_licence_that_is_welcome()
    {
        var packages = Packages();
        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.Contains(package.Licence, Welcome));
        var text = Text(packages);
        if (Environment.GetEnvironmentVariable("MEMORY_WRITE_LICENCES") == "true")
        {
            File.WriteAllText(Path.Combine(Repository.Root, "docs", "licences.md"), text);
        }

        Assert.Equal(text, Repository.Read("docs", "licences.md"));
    }

    private static string Text(IEnumerable<Package> packages)
    {
        var text = new StringBuilder(
            """
            # Licences of what the service is made of

            Packages that come with the server and the command line, those that come with others included. The Functions app adds Microsoft's worker packages (MIT).
            Made by `MEMORY_WRITE_LICENCES=true dotnet test --project tests/Memory.Architecture.Tests`, and held to what is restored by the same test.

            | package | version | licence |
            |---|---|---|

            """);
        foreach (var package in packages)
        {
            text.Append("| ").AppendJoin(" | ", package.Name, package.Version, package.Licence).Append(" |\n");
        }

        return text.ToString();
    }

    private static List<Package> Packages() =>
    [
        .. ((string[])["Memory.Server", "Memory.Cli"]).SelectMany(Restored)
            .DistinctBy(package => (package.Name, package.Version)).OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase).ThenBy(package => package.Version, StringComparer.Ordinal),
    ];

    private static IEnumerable<Package> Restored(string project)
    {
        using var assets = JsonDocument.Parse(Repository.Read("src", project, "obj", "project.assets.json"));
        var folders = assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name).ToList();
        foreach (var library in assets.RootElement.GetProperty("libraries").EnumerateObject().Where(library => library.Value.GetProperty("type").GetString() == "package"))
        {
            var (name, version) = (library.Name.Split('/')[0], library.Name.Split('/')[1]);
            var folder = folders.Select(folder => Path.Combine(folder, library.Value.GetProperty("path").GetString()!)).First(Directory.Exists); // restored, so it is there
            var metadata = XDocument.Load(Directory.GetFiles(folder, "*.nuspec").Single()).Root!.Elements().Single(); // a nuspec holds its metadata and nothing else
            yield return new Package(name, version, ReadByHand.GetValueOrDefault(name) ?? Licence(metadata));
        }
    }

    private static string Licence(XElement metadata)
    {
        var licence = metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "license");
        var address = metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "licenseUrl")?.Value ?? "";
        return licence?.Attribute("type")?.Value == "expression" ? licence.Value : Named().Match(address) is { Success: true } named ? named.Groups[1].Value : $"unknown: {licence?.Value} {address}";
    }

    [GeneratedRegex("^https://licenses\\.nuget\\.org/(.+)$")]
    private static partial Regex Named();

    private sealed record Package(string Name, string Version, string Licence);
}
