namespace Memory.Storage.Upstash;

/// <summary>The Lua scripts: each a file under <c>Lua/</c>, behind what all share (<c>common.lua</c>, which also tells the layout of the keys).</summary>
internal static class Scripts
{
    public static string Append { get; } = Load("add_messages", "append");

    /// <summary>An append of what was accepted before: the only one that asks for notes of erasures.</summary>
    public static string AppendAccepted { get; } = Load("accepted", "add_messages", "append");

    public static string ArchiveRead { get; } = Load("archive_read");

    public static string ArchiveWrite { get; } = Load("time_to_live", "add_messages", "archive_write");

    public static string Claim { get; } = Load("claim");

    public static string Clean { get; } = Load("clean");

    public static string CloneThread { get; } = Load("time_to_live", "clone_thread");

    public static string CreateThread { get; } = Load("time_to_live", "create_thread");

    public static string DeleteMemory { get; } = Load("delete_memory");

    public static string DeleteMessage { get; } = Load("delete_message");

    public static string DeleteThread { get; } = Load("delete_thread");

    public static string Erase { get; } = Load("erase");

    public static string EraseLook { get; } = Load("erase_look");

    public static string ExpiredIdle { get; } = Load("expired", "expired_idle");

    public static string ExpiredOwn { get; } = Load("expired", "expired_own");

    public static string Fill { get; } = Load("fill");

    public static string FindMemory { get; } = Load("find_memory");

    public static string FindMessage { get; } = Load("find_message");

    public static string ListResources { get; } = Load("list_resources");

    public static string ListThreads { get; } = Load("list_threads");

    public static string Move { get; } = Load("move");

    public static string NoteErasure { get; } = ScriptText.Read("note_erasure");

    public static string PageMessages { get; } = Load("page_messages");

    public static string Postpone { get; } = Load("postpone");

    public static string PutMemory { get; } = Load("put_memory");

    public static string PutResource { get; } = Load("put_resource");

    public static string PutVectors { get; } = Load("put_vectors");

    public static string ReadMessages { get; } = Load("read_messages");

    public static string ReplaceMessage { get; } = Load("replace_message");

    public static string Search { get; } = Load("search");

    public static string UpdateThread { get; } = Load("time_to_live", "update_thread");

    private static string Load(params IEnumerable<string> names) => string.Join('\n', names.Prepend("common").Select(ScriptText.Read));
}
