using System.Text.Json.Serialization;

namespace Memory.Storage.LibSql;

/// <summary>JSON that is passed to SQLite as a parameter.</summary>
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(string[][]))]
[JsonSerializable(typeof(long[]))]
[JsonSerializable(typeof(SentMessage[]))]
internal sealed partial class LibSqlJson : JsonSerializerContext;
