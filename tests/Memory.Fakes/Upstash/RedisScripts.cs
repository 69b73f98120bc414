using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Memory.Fakes;

/// <summary>
/// Scripts as Upstash runs them: with a count of the commands they call, which it bills, and with <c>#!lua flags=allow-key-locking</c> held to their keys.
/// Redis has neither, so a script is wrapped before it sees it.
/// </summary>
internal sealed class RedisScripts
{
    // On one line, and on the script's own first line, so that an error names the right line. COMMAND GETKEYS knows the keys of every command;
    // a command without keys is let through, which is a guess. The script's error is caught because the count would be lost with it;
    // Redis's own pcall makes a string of an error that is a table, as a command's is, hence _raised.
    private static readonly string Prologue = """
        local _calls, _redis, _keys, _locked, _raised = 0, redis, {}, LOCKED, nil
        for _, key in ipairs(KEYS) do _keys[key] = true end
        local function _refusal(...)
            if not _locked then return nil end
            local touched = _redis.pcall('COMMAND', 'GETKEYS', ...)
            if type(touched) ~= 'table' or touched.err then return nil end
            for _, key in ipairs(touched) do
                if not _keys[key] then
                    return {err = "ERR Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set"}
                end
            end
        end
        local _error = error
        local function error(why, level)
            if type(why) == 'table' then _raised = why.err end
            _error(why, level == 0 and 0 or (level or 1) + 1)
        end
        local function _pcall(...)
            _calls = _calls + 1
            return _refusal(...) or _redis.pcall(...)
        end
        local function _call(...)
            local reply = _pcall(...)
            if type(reply) == 'table' and reply.err then error(reply) end
            return reply
        end
        local redis = setmetatable({call = _call, pcall = _pcall}, {__index = _redis})
        local function _script()
        """.ReplaceLineEndings(" ") + " ";

    private const string Epilogue = """

        end
        local _ok, _result = pcall(_script)
        if not _ok then _result = {err = _result == _raised and _raised or 'ERR ' .. tostring(_result)} end
        return {_calls, _result}
        """;

    private readonly ConcurrentDictionary<string, string> loaded = new();

    /// <summary>What to send to Redis for a command, and what to make of its reply.</summary>
    public RedisStep Plan(RedisCommand command)
    {
        switch (command.Name)
        {
            case "EVAL" or "EVAL_RO":
                Remember(command.Text(1));
                return Run(command, command.Text(1));
            case "EVALSHA" or "EVALSHA_RO":
                return loaded.TryGetValue(command.Text(1).ToLowerInvariant(), out var script)
                    ? Run(command.With(0, command.Name.Replace("SHA", "", StringComparison.Ordinal)), script)
                    : RedisStep.Of(RedisReply.Error("NOSCRIPT No matching script. Please use EVAL."));
            case "SCRIPT" when command.Text(1).Equals("LOAD", StringComparison.OrdinalIgnoreCase) && command.Arguments.Count == 3:
                var hash = Remember(command.Text(2));
                return RedisStep.Of(command.With(2, Wrap(command.Text(2))), reply => reply.IsError ? reply : RedisReply.String(Encoding.UTF8.GetBytes(hash)));
            case "SCRIPT" when command.Text(1).Equals("EXISTS", StringComparison.OrdinalIgnoreCase):
                return RedisStep.Of(RedisReply.Array([.. command.Arguments.Skip(2).Select(name => RedisReply.Integer(loaded.ContainsKey(Encoding.UTF8.GetString(name)) ? 1 : 0))]));
            case "SCRIPT" when command.Text(1).Equals("FLUSH", StringComparison.OrdinalIgnoreCase):
                loaded.Clear();
                return RedisStep.Of(RedisReply.Status("OK"));
            default:
                return RedisStep.Of(command, reply => reply);
        }
    }

    private static RedisStep Run(RedisCommand command, string script) => RedisStep.OfScript(command.With(1, Wrap(script)));

    private static string Wrap(string script)
    {
        var first = script.Split('\n', 2)[0];
        List<string> flags = first.StartsWith("#!lua", StringComparison.Ordinal) && first.Split("flags=") is [_, var list] ? [.. list.Trim().Split(',')] : [];
        var isLocked = flags.Remove("allow-key-locking");
        var prologue = Prologue.Replace("LOCKED", isLocked ? "true" : "false", StringComparison.Ordinal);
        if (!first.StartsWith("#!", StringComparison.Ordinal))
        {
            return prologue + script + Epilogue;
        }

        var line = flags.Count > 0 ? $"#!lua flags={string.Join(',', flags)}" : isLocked ? "" : first;
        return $"{line}\n{prologue}{script[Math.Min(script.Length, first.Length + 1)..]}{Epilogue}";
    }

    private string Remember(string script)
    {
#pragma warning disable CA5350 // Redis names scripts by SHA-1.
        var hash = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(script)));
#pragma warning restore CA5350
        loaded[hash] = script;
        return hash;
    }
}
