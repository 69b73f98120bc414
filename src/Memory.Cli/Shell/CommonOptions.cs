using System.CommandLine;
using System.Globalization;

namespace Memory.Cli;

/// <summary>Options that several verbs have, and how options of a kind are made.</summary>
internal static class CommonOptions
{
    /// <summary>Which backend.</summary>
    public static Option<string?> Url { get; } = new("--url")
    {
        HelpName = "URL",
        Description = $"Where the conversations are: {BackendUrl.Forms}. Without it, what the environment configures.",
    };

    /// <summary>JSON instead of text.</summary>
    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON: one document, or one a line for a list." };

    /// <summary>Consent to what cannot be undone.</summary>
    public static Option<bool> Yes { get; } = new("--yes") { Description = "Do it without asking; needed where there is no terminal to ask on." };

    /// <summary>A whole number within bounds.</summary>
    public static Option<int?> Number(string name, string description, int least, int most) => new(name)
    {
        HelpName = "N",
        Description = description,
        CustomParser = argument =>
        {
            if (int.TryParse(argument.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            {
                return number;
            }

            argument.AddError($"{name} must be a whole number from {least} to {most}, and is '{PlainText.OneLine(argument.Tokens[0].Value, 40)}'.");
            return null;
        },
    };

    /// <summary>A share from 0 to 1.</summary>
    public static Option<double?> Share(string name, string description) => new(name)
    {
        HelpName = "SHARE",
        Description = description,
        CustomParser = argument =>
        {
            if (double.TryParse(argument.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1)
            {
                return share;
            }

            argument.AddError($"{name} must be a number from 0 to 1, such as 0.55, and is '{PlainText.OneLine(argument.Tokens[0].Value, 40)}'.");
            return null;
        },
    };

    /// <summary>An id as an argument.</summary>
    public static Argument<string> Id(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result => CheckId(result, name));
        return argument;
    }

    /// <summary>An id as an option.</summary>
    public static Option<string?> IdOption(string name, string help, string description)
    {
        var option = new Option<string?>(name) { HelpName = help, Description = description };
        option.Validators.Add(result => CheckId(result, name));
        return option;
    }

    private static void CheckId(System.CommandLine.Parsing.SymbolResult result, string name)
    {
        if (result.Tokens is [{ Value: var id }] && !Core.Identifier.IsValid(id))
        {
            result.AddError($"{name} {Core.Identifier.Rule}.");
        }
    }
}
