namespace Memory.Infra.Tests;

/// <summary>The templates as files.</summary>
public sealed class TemplateTests
{
    [Theory]
    [InlineData("*.bicep")]
    [InlineData("*.bicepparam")]
    public async Task They_compile_without_a_warning(string pattern)
    {
        var (exitCode, output, messages) = await Bicep.RunAsync(["lint", "--pattern", Path.Combine(Repository.Infra, pattern)]);
        Assert.Equal((0, "", ""), (exitCode, output, messages));
    }

    [Fact]
    public async Task The_linter_finds_a_secret_in_an_output()
    {
        var folder = Directory.CreateTempSubdirectory("memory-infra-");
        try
        {
            var file = Path.Combine(folder.FullName, "main.bicep");
            await File.WriteAllTextAsync(file, "@secure()\nparam token string\noutput token string = token\n", TestContext.Current.CancellationToken);
            var (exitCode, _, messages) = await Bicep.RunAsync(["lint", file, "--config", Path.Combine(Repository.Infra, "bicepconfig.json")]);
            Assert.Equal(1, exitCode);
            Assert.Contains("Error outputs-should-not-contain-secrets", messages, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("*.bicep")]
    [InlineData("*.bicepparam")]
    public async Task They_are_formatted(string pattern)
    {
        var folder = Directory.CreateTempSubdirectory("memory-infra-");
        try
        {
            var files = Directory.GetFiles(Repository.Infra, pattern);
            foreach (var file in files)
            {
                File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            }

            Assert.Equal(0, (await Bicep.RunAsync(["format", "--pattern", Path.Combine(folder.FullName, pattern)])).ExitCode);
            Assert.NotEmpty(files);
            Assert.All(files, file => Assert.Equal(File.ReadAllText(Path.Combine(folder.FullName, Path.GetFileName(file))), File.ReadAllText(file)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_variable_that_a_parameter_file_reads_is_in_the_readme()
    {
        var readme = Repository.Read("README.md");
        Assert.NotEmpty(Bicep.Variables);
        Assert.All(Bicep.Variables, variable => Assert.Contains($"`{variable}`", readme, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_key_is_read_from_a_resource_and_every_token_is_a_secret()
    {
        var (_, template, _) = await Bicep.RunAsync(["build", Path.Combine(Repository.Infra, "main.bicep"), "--stdout"]);
        Assert.DoesNotContain("listKeys", template, StringComparison.OrdinalIgnoreCase);
        var parameters = System.Text.Json.Nodes.JsonNode.Parse(template)!["parameters"]!.AsObject(); // a template has some
        var tokens = parameters.Where(parameter => parameter.Key.Contains("token", StringComparison.OrdinalIgnoreCase)).ToList();
        Assert.Equal(4, tokens.Count);
        Assert.All(tokens, token => Assert.Equal("securestring", token.Value!["type"]!.GetValue<string>()));
    }
}
