using System.Text.Json;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Memory.Architecture.Tests;

/// <summary>The triggers of the Functions app, read from its source: its packages are not everywhere.</summary>
public sealed class FunctionRoutesTests
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch"];

    private static IReadOnlyList<MethodDeclarationSyntax> Functions { get; } =
    [
        .. from file in Repository.SourceFiles()
           where file.StartsWith(Repository.Projects("src")["Memory.Functions"] + Path.DirectorySeparatorChar, StringComparison.Ordinal)
           from method in CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
           where Attribute(method.AttributeLists, "Function") is not null
           select method,
    ];

    // Methods, route and level of each HTTP trigger.
    private static IReadOnlyList<(string Function, string[] Methods, string Route, string Level, MethodDeclarationSyntax Declaration)> Triggers { get; } =
    [
        .. from function in Functions
           let trigger = Attribute(function.ParameterList.Parameters[0].AttributeLists, "HttpTrigger")
           where trigger is not null
           let arguments = trigger.ArgumentList!.Arguments // a trigger has some
           let route = arguments.Single(argument => argument.NameEquals?.Name.Identifier.Text == "Route")
           select (
               Text(Attribute(function.AttributeLists, "Function")!.ArgumentList!.Arguments[0].Expression, function), // looked for above
               arguments.Where(argument => argument.NameEquals is null).Skip(1).Select(argument => Text(argument.Expression, function)).ToArray(),
               $"/{Text(route.Expression, function)}",
               arguments[0].Expression.ToString(),
               function),
    ];

    [Fact]
    public void Every_route_of_the_API_is_a_function_named_as_its_operation_and_no_other() =>
        Assert.Equal(Described().Order(StringComparer.Ordinal), Triggers.Select(trigger => $"{trigger.Methods[0].ToUpperInvariant()} {trigger.Route} {trigger.Function}").Order(StringComparer.Ordinal));

    [Fact]
    public void What_can_be_got_can_be_asked_for_its_headers_as_on_the_server() => Assert.All(Triggers, trigger =>
        Assert.Equal(trigger.Methods[0] == "get" ? ["get", "head"] : trigger.Methods[..1], trigger.Methods));

    [Fact]
    public void All_but_health_need_a_key() => Assert.All(Triggers, trigger =>
        Assert.Equal(trigger.Route.StartsWith("/health/", StringComparison.Ordinal) ? "AuthorizationLevel.Anonymous" : "AuthorizationLevel.Function", trigger.Level));

    [Fact]
    public void A_function_is_one_call_that_serves_the_route_it_is_triggered_by()
    {
        Assert.All(Functions, function => Assert.IsType<InvocationExpressionSyntax>(function.ExpressionBody?.Expression));
        Assert.All(Triggers, trigger =>
        {
            var call = (InvocationExpressionSyntax)trigger.Declaration.ExpressionBody!.Expression; // asserted above
            Assert.Equal(trigger.Route, $"/{Text(call.ArgumentList.Arguments[1].Expression, trigger.Declaration)}");
        });
    }

    [Fact]
    public void The_program_stays_short() => Assert.True(File.ReadLines(Path.Combine(Repository.Projects("src")["Memory.Functions"], "Program.cs")).Count() < 40);

    private static IEnumerable<string> Described()
    {
        using var document = JsonDocument.Parse(Repository.Read("src", "Memory.Http", "openapi.json"));
        return
        [
            .. from path in document.RootElement.GetProperty("paths").EnumerateObject()
               from method in path.Value.EnumerateObject()
               where Methods.Contains(method.Name)
               select $"{method.Name.ToUpperInvariant()} {path.Name} {method.Value.GetProperty("operationId").GetString()}",
        ];
    }

    private static AttributeSyntax? Attribute(IEnumerable<AttributeListSyntax> lists, string name) =>
        lists.SelectMany(list => list.Attributes).SingleOrDefault(attribute => attribute.Name.ToString() == name);

    // A literal, or a constant of the same class.
    private static string Text(ExpressionSyntax expression, MethodDeclarationSyntax function) => expression switch
    {
        LiteralExpressionSyntax literal => literal.Token.ValueText,
        IdentifierNameSyntax name => Text(
            function.Ancestors().OfType<ClassDeclarationSyntax>().Single().Members.OfType<FieldDeclarationSyntax>()
                .SelectMany(field => field.Declaration.Variables).Single(variable => variable.Identifier.Text == name.Identifier.Text).Initializer!.Value, // a constant has a value
            function),
        _ => throw new NotSupportedException($"{expression} is neither a literal nor a constant."),
    };
}
