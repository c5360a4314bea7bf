# frozen_string_literal: true

# optline 1.8
module Optline1
  class Error < StandardError; end

  class Parser
    def initialize
      @kinds = {}
      @options = {}
    end

    def flag(name)
      @kinds[name] = ->(_) { true }
      @options[name] = false
    end

    def value(name, default)
      @kinds[name] = default.is_a?(Integer) ? method(:whole) : ->(text) { text }
      @options[name] = default
    end

    def list(name, separator, default)
      @kinds[name] = ->(text) { text.split(separator) }
      @options[name] = default.split(separator)
    end

    def parse(argv)
      argv, rest, options = argv.dup, [], @options.dup
      until argv.empty?
        word = argv.shift
        return [options, rest + argv] if word == "--"

        next rest << word unless word.start_with?("--")

        given, text = word.delete_prefix("--").split("=", 2)
        name = full(given)
        text ||= argv.shift || raise(Error, "--#{name} needs a value") unless @options[name] == false
        options[name] = @kinds[name].call(text)
      end
      [options, rest]
    end

    private

    def full(given)
      found = @kinds.keys.select { |name| name == given }
      found = @kinds.keys.select { |name| name.start_with?(given) } if found.empty?
      raise Error, "unknown option --#{given}" unless found.size == 1

      found.first
    end

    def whole(text)
      Integer(text, 10)
    rescue ArgumentError
      raise Error, "#{text} is no whole number"
    end
  end
end
