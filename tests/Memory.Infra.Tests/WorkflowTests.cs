using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Memory.Infra.Tests;

/// <summary>What runs outside: GitHub's workflows and azd.</summary>
public sealed partial class WorkflowTests
{
    public static TheoryData<string> Workflows => [.. Directory.GetFiles(Path.Combine(Repository.Root, ".github", "workflows")).Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_action_is_pinned_by_commit_and_says_which_version_that_is(string workflow)
    {
        var text = Repository.Read(".github", "workflows", workflow);
        var used = Steps(Parse(text)).Select(step => Find(step, "uses")).OfType<YamlScalarNode>().Select(node => node.Value!).ToList(); // a scalar has a text
        Assert.NotEmpty(used);
        Assert.All(used, action =>
        {
            Assert.Matches(Pinned(), action);
            Assert.Matches($@"uses: {Regex.Escape(action)} # v\d+\.\d+\.\d+\n", text);
        });
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_job_may_do_only_what_it_says(string workflow)
    {
        var root = Parse(Repository.Read(".github", "workflows", workflow));
        Assert.Empty(Assert.IsType<YamlMappingNode>(Find(root, "permissions")).Children);
        Assert.All(Jobs(root), job =>
        {
            var permissions = Assert.IsType<YamlMappingNode>(Find(job, "permissions")).Children.Select(permission => $"{permission.Key}: {permission.Value}");
            var signsIn = Steps(job).Any(step => Find(step, "uses")?.ToString().StartsWith("azure/login@", StringComparison.Ordinal) == true);
            Assert.Equal(signsIn ? ["contents: read", "id-token: write"] : ["contents: read"], permissions.Order());
        });
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Nothing_that_was_typed_in_becomes_part_of_a_script(string workflow) => Assert.All(
        Steps(Parse(Repository.Read(".github", "workflows", workflow))).Select(step => Find(step, "run")).OfType<YamlScalarNode>(),
        script => Assert.DoesNotContain("${{", script.Value, StringComparison.Ordinal));

    [Fact]
    public void Continuous_integration_runs_what_a_developer_runs() =>
        Assert.Contains(Steps(Parse(Repository.Read(".github", "workflows", "ci.yml"))), step => Find(step, "run")?.ToString() == ".ci/run");

    [Fact]
    public void Every_environment_can_be_deployed_under_the_rules_of_its_own()
    {
        var root = Parse(Repository.Read(".github", "workflows", "deploy.yml"));
        var options = Assert.IsType<YamlSequenceNode>(Find(root, "on", "workflow_dispatch", "inputs", "environment", "options"));
        Assert.Equal(Deployment.Environments.Order(), options.Select(option => option.ToString()).Order());
        var job = Assert.Single(Jobs(root));
        Assert.Equal("${{ inputs.environment }}", Find(job, "environment", "name")?.ToString());
        var handed = Steps(job).Select(step => Find(step, "env")).OfType<YamlMappingNode>().SelectMany(variables => variables.Children.Keys).Select(name => name.ToString());
        Assert.Empty(Bicep.Variables.Except(handed));
    }

    [Fact]
    public async Task Azd_finds_the_template_the_project_and_the_app()
    {
        var root = Parse(Repository.Read("azure.yaml"));
        var (folder, module) = (Find(root, "infra", "path")?.ToString(), Find(root, "infra", "module")?.ToString());
        Assert.True(File.Exists(Path.Combine(Repository.Root, $"{folder}", $"{module}.bicepparam")), $"azd takes {folder}/{module}.bicepparam.");

        var (name, service) = Assert.Single(Assert.IsType<YamlMappingNode>(Find(root, "services")).Children);
        var project = Find(service, "project")!.ToString(); // azd needs one
        Assert.True(File.Exists(Path.Combine(Repository.Root, project, $"{Path.GetFileName(project)}.csproj")), $"There is no project in {project}.");
        Assert.Equal(("dotnet", "function"), (Find(service, "language")?.ToString(), Find(service, "host")?.ToString()));
        var app = Assert.Single((await Deployment.OfAsync("dev", "upstash")).OfType("Microsoft.Web/sites"));
        Assert.Equal(name.ToString(), app["tags"]!["azd-service-name"]!.GetValue<string>());
    }

    private static YamlMappingNode Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return Assert.IsType<YamlMappingNode>(Assert.Single(stream.Documents).RootNode);
    }

    private static YamlNode? Find(YamlNode node, params string[] path) =>
        path.Aggregate<string, YamlNode?>(node, (from, name) => from is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(name), out var child) ? child : null);

    private static IEnumerable<YamlNode> Jobs(YamlMappingNode root) => Assert.IsType<YamlMappingNode>(Find(root, "jobs")).Children.Values;

    private static IEnumerable<YamlNode> Steps(YamlMappingNode root) => Jobs(root).SelectMany(Steps);

    private static IEnumerable<YamlNode> Steps(YamlNode job) => Assert.IsType<YamlSequenceNode>(Find(job, "steps"));

    [GeneratedRegex("^[A-Za-z-]+/[A-Za-z-]+@[0-9a-f]{40}$")]
    private static partial Regex Pinned();
}
