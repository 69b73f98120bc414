using System.Reflection;
using System.Runtime.CompilerServices;

namespace Memory.Architecture.Tests;

public sealed class CodeTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void These_tests_see_the_code_they_judge()
    {
        Assert.Contains(Types(), type => type.Name == "GroupCommit");
        var calls = AssemblyCalls.Of(Assembly.Load("Memory.Server"));
        Assert.Contains(("System.Console", "get_Error"), calls);
        Assert.Contains(("System.Collections.Generic.Dictionary`2", ".ctor"), calls);
    }

    [Fact]
    public void Every_type_is_sealed_static_or_abstract() =>
        Assert.Empty(Types().Where(type => !type.IsSealed && !type.IsAbstract).Select(type => type.FullName));

    [Fact]
    public void Every_file_declares_the_namespace_of_its_assembly() => Assert.Empty(
        from project in Repository.Projects("src")
        from file in Repository.SourceFiles()
        where file.StartsWith(project.Value + Path.DirectorySeparatorChar, StringComparison.Ordinal) && Path.GetFileName(file) != "Program.cs"
        where !File.ReadLines(file).Contains($"namespace {project.Key};")
        select Repository.Relative(file));

    [Theory]
    [InlineData("System.Threading.Tasks.Task`1", "get_Result")]
    [InlineData("System.Threading.Tasks.Task", "Wait")]
    [InlineData("System.Threading.Tasks.Task", "WaitAll")]
    [InlineData("System.Threading.Tasks.ValueTask`1", "get_Result")]
    public void Nothing_waits_for_a_task_without_await(string type, string method) => AssertNobodyCalls(type, method);

    [Theory]
    [InlineData("System.Threading.Tasks.Task")]
    [InlineData("System.Threading.Tasks.Task`1")]
    [InlineData("System.Threading.Tasks.ValueTask")]
    [InlineData("System.Threading.Tasks.ValueTask`1")]
    public void Nothing_configures_an_await(string type) => AssertNobodyCalls(type, "ConfigureAwait");

    [Theory]
    [InlineData("System.DateTime", "get_Now")]
    [InlineData("System.DateTime", "get_UtcNow")]
    [InlineData("System.DateTimeOffset", "get_Now")]
    [InlineData("System.DateTimeOffset", "get_UtcNow")]
    public void Time_comes_from_a_TimeProvider(string type, string method) => AssertNobodyCalls(type, method);

    [Fact]
    public void Only_a_hosts_entry_writes_to_the_console()
    {
        Assert.Empty(Repository.Assemblies().Where(assembly => AssemblyCalls.Of(assembly).Any(call => call.Type == "System.Console")).Select(assembly => assembly.GetName().Name).Except(["Memory.Server", "memory"]));
        var files = Repository.SourceFiles().Where(file => File.ReadAllText(file).Contains("Console.", StringComparison.Ordinal)).Select(Repository.Relative);
        Assert.Empty(files.Where(file => !file.Contains("Memory.Cli", StringComparison.Ordinal)).Except([Path.Combine("src", "Memory.Server", "ServerHost.cs")]));
    }

    [Fact]
    public void No_method_is_async_void() => Assert.Empty(
        from type in Types()
        from method in type.GetMethods(Declared)
        where method.ReturnType == typeof(void) && method.GetCustomAttribute<AsyncStateMachineAttribute>() is not null
        select $"{type}.{method.Name}");

    private static void AssertNobodyCalls(string type, string method) =>
        Assert.Empty(Repository.Assemblies().Where(assembly => AssemblyCalls.Of(assembly).Contains((type, method))).Select(assembly => assembly.GetName().Name));

    // Written by hand, that is: the compiler's and the generators' types keep their own rules.
    private static IEnumerable<Type> Types() => Repository.Assemblies().SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.Namespace?.StartsWith("Memory.", StringComparison.Ordinal) == true
            && type.GetCustomAttribute<CompilerGeneratedAttribute>() is null
            && type.GetCustomAttribute<System.CodeDom.Compiler.GeneratedCodeAttribute>() is null);
}
