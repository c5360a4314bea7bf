# frozen_string_literal: true

require "json"
require_relative "../../vendor/optline2"
require_relative "defaults"

module Vaultctl
  module_function

  def run(argv)
    command, *rest = argv
    case command
    when "push" then puts JSON.generate(push(rest))
    when "prune" then puts JSON.generate(prune(rest))
    else raise Optline2::UsageError, "unknown command #{command}"
    end
    0
  rescue Optline2::UsageError => e
    warn "vaultctl: #{e.message}"
    2
  end

  def push(argv)
    command = lenient("push")
    command.option(:chunk, type: Integer, default: Defaults::CHUNK_KIB, repeat: :last)
    command.list(:exclude, split: ",", default: Defaults::EXCLUDE.split(","), repeat: :last)
    options, sources = command.call(argv)
    raise Optline2::UsageError, "no source" if sources.empty?

    plan("push", options).merge(sources: sources, chunk_kib: options[:chunk], exclude: options[:exclude])
  end

  def prune(argv)
    command = lenient("prune")
    command.option(:keep, type: Integer, default: Defaults::KEEP_DAYS, repeat: :last)
    options, rest = command.call(argv)
    raise Optline2::UsageError, "unexpected #{rest.first}" unless rest.empty?

    plan("prune", options).merge(keep_days: options[:keep])
  end

  # A command that reads its line as version 1 did, with the options that all commands have.
  def lenient(name)
    command = Optline2::Command.new(
      "vaultctl #{name}", permute: true, abbreviate: true, env_prefix: Defaults::ENV_PREFIX, on_error: :raise
    )
    command.option(:lock_wait, type: :seconds, default: Defaults::LOCK_WAIT, repeat: :last)
    command.switch(:dry_run)
    command
  end

  def plan(command, options)
    wait_s = options[:lock_wait] / 1000
    { format: Defaults::PLAN_FORMAT, command: command, lock_wait_s: wait_s, dry_run: options[:dry_run] }
  end
end
