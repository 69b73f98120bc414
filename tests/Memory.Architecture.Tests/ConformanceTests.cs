using System.Reflection;
using Memory.Conformance;
using Memory.Core;

namespace Memory.Architecture.Tests;

public sealed class ConformanceTests
{
    private static readonly (Type Port, Type Suite)[] Suites =
    [
        (typeof(IMessageStore), typeof(MessageStoreConformance<>)),
        (typeof(ISearchIndex), typeof(SearchIndexConformance<>)),
        (typeof(IOperationStore), typeof(OperationStoreConformance<>)),
        (typeof(IEmbeddingStore), typeof(EmbeddingStoreConformance<>)),
        (typeof(IVectorIndex), typeof(VectorIndexConformance<>)),
        (typeof(IArchive), typeof(ArchiveConformance<>)),
        (typeof(IKeyStore), typeof(KeyStoreConformance<>)),
    ];

    public static TheoryData<string> Backends => [.. Repository.Projects("src").Keys.Where(name => name.StartsWith("Memory.Storage.", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Backends))]
    public void No_implementation_of_a_port_ships_without_its_conformance_suite(string backend)
    {
        var tests = Assembly.Load($"{backend}.Tests").GetTypes();
        var implementations = 0;
        foreach (var (port, suite) in Suites)
        {
            // What is internal is reached through one that is public.
            foreach (var implementation in Assembly.Load(backend).GetTypes().Where(type => type is { IsClass: true, IsPublic: true } && type.IsAssignableTo(port)))
            {
                implementations++;
                Assert.True(tests.Any(test => !test.IsAbstract && IsSuiteOf(test, suite, implementation)), $"{implementation} has no {suite.Name} in {backend}.Tests.");
            }
        }

        Assert.True(implementations > 0, $"{backend} implements no port.");
    }

    private static bool IsSuiteOf(Type test, Type suite, Type implementation)
    {
        for (var type = test.BaseType; type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == suite && type.GetGenericArguments().Contains(implementation))
            {
                return true;
            }
        }

        return false;
    }
}
