# frozen_string_literal: true

require "json"
require_relative "../../vendor/optline1"
require_relative "defaults"

module Vaultctl
  module_function

  def run(argv)
    command, *rest = argv
    case command
    when "push" then puts JSON.generate(push(rest))
    when "prune" then puts JSON.generate(prune(rest))
    else raise Optline1::Error, "unknown command #{command}"
    end
    0
  rescue Optline1::Error => e
    warn "vaultctl: #{e.message}"
    2
  end

  def push(argv)
    parser = Optline1::Parser.new
    parser.value("chunk", Defaults::CHUNK_KIB)
    parser.list("exclude", ",", Defaults::EXCLUDE)
    common(parser)
    options, sources = parser.parse(argv)
    raise Optline1::Error, "no source" if sources.empty?

    plan("push", options).merge(sources: sources, chunk_kib: options["chunk"], exclude: options["exclude"])
  end

  def prune(argv)
    parser = Optline1::Parser.new
    parser.value("keep", Defaults::KEEP_DAYS)
    common(parser)
    options, rest = parser.parse(argv)
    raise Optline1::Error, "unexpected #{rest.first}" unless rest.empty?

    plan("prune", options).merge(keep_days: options["keep"])
  end

  def common(parser)
    parser.value("lock-wait", Defaults::LOCK_WAIT)
    parser.flag("dry-run")
  end

  def plan(command, options)
    { format: Defaults::PLAN_FORMAT, command: command, lock_wait_s: options["lock-wait"], dry_run: options["dry-run"] }
  end
end
