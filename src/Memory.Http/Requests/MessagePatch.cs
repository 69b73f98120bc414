using System.Text.Json;
using Memory.Core;

namespace Memory.Http;

/// <summary>The merge patch of a message: role, name, content (replaced whole) and metadata (merged).</summary>
internal static class MessagePatch
{
    public static Func<Message, Message> Parse(JsonElement patch)
    {
        var errors = new FieldErrors();
        Func<Message, Message> change = message => message;
        foreach (var field in patch.EnumerateObject())
        {
            var before = change;
            switch (field.Name)
            {
                case "role":
                    if (PatchFields.TryText(field.Value, "$.role", errors, out var roleName) && MessageRoles.TryParse(roleName, out var role))
                    {
                        change = message => before(message) with { Role = role };
                        break;
                    }

                    errors.Add("$.role", $"must be one of {MessageRoles.List}");
                    break;
                case "name" when PatchFields.TryText(field.Value, "$.name", errors, out var name):
                    errors.CheckName("$.name", name);
                    change = message => before(message) with { Name = name };
                    break;
                case "content":
                    if (MessageContent.TryCreate(new RawJson(field.Value.GetRawText()), out var content, out var problem))
                    {
                        change = message => before(message) with { Content = content };
                        break;
                    }

                    errors.Add("$.content", problem);
                    break;
                case "metadata" when PatchFields.TryObject(field.Value, "$.metadata", errors, out var metadata):
                    change = message =>
                    {
                        var changed = before(message);
                        return changed with { Metadata = PatchFields.Merge(changed.Metadata, metadata, AppendBatch.MaxBytes) };
                    };
                    break;
                case "name" or "metadata":
                    break;
                default:
                    errors.Add($"$.{field.Name}", RequestReader.UnknownField);
                    break;
            }
        }

        errors.ThrowIfAny();
        return change;
    }
}
