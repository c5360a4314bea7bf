# frozen_string_literal: true

require "csv"
require "time"

module Rota
  Shift = Struct.new(:id, :start, :minutes, :title, :room, keyword_init: true)

  def self.read(text)
    CSV.parse(text, headers: true).map do |row|
      Shift.new(id: row["id"], start: Time.iso8601("#{row["start"]}:00Z"), minutes: Integer(row["minutes"]),
                title: row["title"], room: row["room"])
    end
  end
end
