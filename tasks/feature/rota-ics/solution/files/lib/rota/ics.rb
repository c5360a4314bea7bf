# frozen_string_literal: true

require_relative "calendar"
require_relative "shift"

module Rota
  # The rota as an iCalendar feed; see docs/ics.md.
  module ICS
    LIMIT = 75

    def self.render(shifts, stamp)
      kept = shifts.to_h { |shift| [shift.id, shift] }.values.select { |shift| shift.minutes.positive? }
      events = kept.sort_by { |shift| [shift.start, shift.id] }.flat_map { |shift| event(shift, stamp) }
      lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//#{PRODID_ORG}//rota//EN", "NAME:#{escape(FEED_NAME)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT#{TTL_MINUTES}M", *events, "END:VCALENDAR"
      ]
      lines.map { |line| fold(line) + "\r\n" }.join
    end

    def self.event(shift, stamp)
      title = escape(shift.title.to_s.strip)
      room = shift.room.to_s.strip
      [
        "BEGIN:VEVENT", "UID:#{shift.id}@#{UID_DOMAIN}", "DTSTAMP:#{time(stamp)}", "DTSTART:#{time(shift.start)}",
        "DTEND:#{time(shift.start + 60 * shift.minutes)}", "SUMMARY:#{title}",
        "LOCATION:#{escape(room.empty? ? FALLBACK_ROOM : room)}", "CATEGORIES:#{escape(CATEGORY)}", "BEGIN:VALARM",
        "ACTION:DISPLAY", "DESCRIPTION:#{title}", "TRIGGER:-PT#{ALARM_MINUTES}M", "END:VALARM", "END:VEVENT"
      ]
    end

    def self.time(moment)
      moment.getutc.strftime("%Y%m%dT%H%M%SZ")
    end

    def self.escape(text)
      text.delete("\r").gsub(/[\\;,]/) { |char| "\\#{char}" }.gsub("\n", "\\n")
    end

    def self.fold(line)
      pieces = [+""]
      line.each_char do |char|
        pieces << +" " if pieces.last.bytesize + char.bytesize > LIMIT
        pieces.last << char
      end
      pieces.join("\r\n")
    end
  end
end
