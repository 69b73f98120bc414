using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Memory.Architecture.Tests;

public sealed partial class SettingsTests
{
    // Settings that are no option's: the choice of backends is made before there are options.
    private static readonly string[] Choices = ["Memory__Storage__Backend", "Memory__Vectors__Backend", "Memory__Embedding__Provider"];

    private static readonly string[] ShortNames =
    [
        "DATABASE_URL", "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", "UPSTASH_VECTOR_REST_URL", "UPSTASH_VECTOR_REST_TOKEN", "LIBSQL_URL", "LIBSQL_AUTH_TOKEN",
        "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_EMBEDDING_DEPLOYMENT", "OPENAI_API_KEY",
        "OTEL_EXPORTER_OTLP_ENDPOINT", "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", // the Functions host's own
    ];

    [Fact]
    public void Every_sample_setting_is_an_option_or_a_known_short_name() =>
        Assert.Empty(Sample().Keys.Except(Options().Keys).Except(Choices).Except(ShortNames));

    [Fact]
    public void Every_option_is_in_the_sample() => Assert.Empty(Options().Keys.Except(Sample().Keys));

    [Fact]
    public void The_sample_shows_the_defaults()
    {
        var sample = Sample();
        Assert.All(Options(), option => Assert.Equal(option.Value, sample[option.Key]));
    }

    [Fact]
    public void Every_sample_setting_is_in_the_readme()
    {
        // In its table a group of settings shares the beginning of the first.
        var readme = Repository.Read("README.md");
        Assert.All(Sample().Keys, name => Assert.True(
            readme.Contains($"`{name}`", StringComparison.Ordinal) || readme.Contains($"`__{name.Split("__")[^1]}`", StringComparison.Ordinal), name));
    }

    [Fact]
    public void The_sample_is_what_the_functions_host_reads()
    {
        using var sample = JsonDocument.Parse(Repository.Read("local.settings.sample.json"));
        Assert.False(sample.RootElement.GetProperty("IsEncrypted").GetBoolean());
        Assert.Equal(["IsEncrypted", "Values"], sample.RootElement.EnumerateObject().Select(member => member.Name));
    }

    private static Dictionary<string, string> Sample()
    {
        using var sample = JsonDocument.Parse(Repository.Read("local.settings.sample.json"));
        return sample.RootElement.GetProperty("Values").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString()!); // the host takes strings only
    }

    // Variable → default. Where a class of options stands in configuration is said in its doc comment.
    private static Dictionary<string, string> Options() =>
        (from type in Repository.Assemblies().SelectMany(assembly => assembly.GetExportedTypes())
         where type.Name.EndsWith("Options", StringComparison.Ordinal) && type.IsClass
         let section = Section(type)
         let defaults = Activator.CreateInstance(type)
         from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
         where property.CanWrite
         select KeyValuePair.Create(
             $"{section.Replace(":", "__", StringComparison.Ordinal)}__{property.Name}",
             Convert.ToString(property.GetValue(defaults), CultureInfo.InvariantCulture) ?? "")).ToDictionary();

    private static string Section(Type options)
    {
        var documentation = XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{options.Assembly.GetName().Name}.xml"));
        var summary = documentation.Descendants("member").Single(member => member.Attribute("name")?.Value == $"T:{options.FullName}").Element("summary");
        var section = Configuration().Match(summary?.ToString() ?? "");
        Assert.True(section.Success, $"The summary of {options} does not say where it stands: (configuration: <c>Memory:Section</c>).");
        return section.Groups[1].Value;
    }

    [GeneratedRegex(@"\(configuration: <c>(Memory:[A-Za-z:]+)</c>\)")]
    private static partial Regex Configuration();
}
