# frozen_string_literal: true

require_relative "calendar"
require_relative "shift"

module Rota
  module ICS
    def self.render(shifts, stamp)
      raise NotImplementedError
    end
  end
end
