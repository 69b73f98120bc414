using System.Text.Json;
using System.Xml.Linq;

namespace Memory.Architecture.Tests;

public sealed class SolutionTests
{
    private static IEnumerable<string> Projects { get; } = [.. Repository.Projects("src").Concat(Repository.Projects("tests")).Select(project => $"{Repository.Relative(project.Value).Replace('\\', '/')}/{project.Key}.csproj")];

    [Fact]
    public void The_solution_holds_every_project()
    {
        var solution = Repository.Read("Memory.Functions.sln").Replace('\\', '/');
        Assert.All(Projects, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void The_portable_solution_holds_every_project_but_the_functions_app_and_its_tests()
    {
        using var filter = JsonDocument.Parse(Repository.Read("Memory.Portable.slnf"));
        var solution = filter.RootElement.GetProperty("solution");
        Assert.Equal("Memory.Functions.sln", solution.GetProperty("path").GetString());
        var listed = solution.GetProperty("projects").EnumerateArray().Select(project => project.GetString()!.Replace('\\', '/')); // a list of strings
        Assert.Equal(Projects.Where(project => !project.Contains("/Memory.Functions", StringComparison.Ordinal)).Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Warnings_are_errors_and_undocumented_members_are_warnings()
    {
        var properties = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("PropertyGroup").Elements().ToLookup(property => property.Name.LocalName, property => property.Value);
        Assert.Equal(["true"], properties["GenerateDocumentationFile"]);
        Assert.Equal(["true"], properties["TreatWarningsAsErrors"]);
        Assert.Equal(["enable"], properties["Nullable"]);
        Assert.DoesNotContain("1591", string.Concat(properties["NoWarn"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GenerateDocumentationFile")]
    [InlineData("TreatWarningsAsErrors")]
    [InlineData("1591")]
    [InlineData("<Nullable>")]
    public void No_project_makes_a_rule_of_its_own(string setting) => Assert.Empty(
        Repository.Projects("src").SelectMany(project => Directory.GetFiles(project.Value, "*.csproj")).Concat(Repository.SourceFiles())
            .Where(file => File.ReadAllText(file).Contains(setting, StringComparison.Ordinal)).Select(Repository.Relative));
}
