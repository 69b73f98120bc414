namespace Memory.Storage.Upstash;

/// <summary>The Lua scripts: each a file under <c>Lua/</c>, behind what all share (<c>common.lua</c>, which also tells the layout of the keys).</summary>
internal static class Scripts
{
    public static string Append { get; } = Load("add_messages", "append");

    public static string ArchiveRead { get; } = Load("archive_read");

    public static string ArchiveWrite { get; } = Load("add_messages", "archive_write");

    public static string Claim { get; } = Load("claim");

    public static string Clean { get; } = Load("clean");

    public static string CloneThread { get; } = Load("clone_thread");

    public static string CreateThread { get; } = Load("create_thread");

    public static string DeleteMemory { get; } = Load("delete_memory");

    public static string DeleteMessage { get; } = Load("delete_message");

    public static string DeleteThread { get; } = Load("delete_thread");

    public static string Erase { get; } = Load("erase");

    public static string Fill { get; } = Load("fill");

    public static string FindMessage { get; } = Load("find_message");

    public static string ListResources { get; } = Load("list_resources");

    public static string ListThreads { get; } = Load("list_threads");

    public static string Move { get; } = Load("move");

    public static string PageMessages { get; } = Load("page_messages");

    public static string Postpone { get; } = Load("postpone");

    public static string PutMemory { get; } = Load("put_memory");

    public static string PutResource { get; } = Load("put_resource");

    public static string PutVectors { get; } = Load("put_vectors");

    public static string ReplaceMessage { get; } = Load("replace_message");

    public static string Search { get; } = Load("search");

    public static string UpdateThread { get; } = Load("update_thread");

    private static string Load(params IEnumerable<string> names) => string.Join('\n', names.Prepend("common").Select(ScriptText.Read));
}
