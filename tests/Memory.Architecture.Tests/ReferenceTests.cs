using System.Xml.Linq;

namespace Memory.Architecture.Tests;

public sealed class ReferenceTests
{
    private const string Core = "Memory.Core", Hosts = "Memory.Hosting Memory.Http";

    // Who may know whom. A project that is not here has no place yet.
    private static readonly Dictionary<string, string> Allowed = new()
    {
        [Core] = "",
        ["Memory.Storage.LibSql"] = Core,
        ["Memory.Storage.Postgres"] = Core,
        ["Memory.Storage.Upstash"] = Core,
        ["Memory.Embeddings"] = Core,
        ["Memory.Queues"] = Core,
        ["Memory.Mastra"] = Core,
        ["Memory.Http"] = Core,
        ["Memory.Hosting"] = "Memory.Core Memory.Storage.LibSql Memory.Storage.Postgres Memory.Storage.Upstash Memory.Embeddings Memory.Queues",
        ["Memory.Functions"] = Hosts,
        ["Memory.Server"] = Hosts,
        ["Memory.Cli"] = "Memory.Hosting Memory.Mastra",
    };

    public static TheoryData<string> Projects => [.. Repository.Projects("src").Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_it_may(string project) =>
        Assert.Empty(References(project, "ProjectReference").Select(Path.GetFileNameWithoutExtension).Except(Allowed[project].Split(' ')));

    [Fact]
    public void Core_does_no_IO() =>
        Assert.All(References(Core, "PackageReference"), package => Assert.Matches(@"^(Microsoft\.Extensions\.(.+\.)?Abstractions|Microsoft\.ML\.Tokenizers.*|System\.Numerics\.Tensors)$", package));

    [Fact]
    public void Only_the_web_projects_know_ASP_NET()
    {
        var users = Repository.Projects("src").Keys.Where(project => References(project, "FrameworkReference").Any() || Project(project).Attribute("Sdk")?.Value == "Microsoft.NET.Sdk.Web");
        Assert.Empty(users.Except(["Memory.Http", "Memory.Server", "Memory.Functions"]));
    }

    [Fact]
    public void Only_what_composes_a_host_knows_where_telemetry_goes()
    {
        var users = Repository.Projects("src").Keys.Where(project => References(project, "PackageReference").Any(package => package.Contains("OpenTelemetry", StringComparison.Ordinal)));
        Assert.Equal(["Memory.Hosting", "Memory.Server"], users.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> References(string project, string kind) =>
        Project(project).Descendants(kind).Select(reference => reference.Attribute("Include")!.Value); // the element has no meaning without

    private static XElement Project(string name) => XDocument.Load(Path.Combine(Repository.Projects("src")[name], $"{name}.csproj")).Root!; // a project file is an element
}
